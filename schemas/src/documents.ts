/** The API's and the messages' descriptions as self-contained documents, for the servers that hand them out. */
export { asyncapiDocument, openapiDocument } from "./generated/documents.ts";
export { tariffExamples } from "./generated/tariff-examples.ts";
export {
  normalisedReadingSchema,
  problemSchema,
  readingMessageSchema,
  readingSchema,
  rejectedSchema,
  tariffSchema,
  type JsonObject,
} from "./generated/schemas.ts";
