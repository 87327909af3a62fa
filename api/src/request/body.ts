import type { Problem } from "@smp/schemas";
import { openapiDocument } from "@smp/schemas/documents";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { AppContext } from "../ports.ts";

/** Reads the body as JSON, whatever its content type says. */
export const jsonBody = async (c: AppContext): Promise<unknown> => parsedJson(await c.req.text());

/** The JSON of a body; what is none is the client's fault. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalidBody(
      "",
      text === "" ? "the body is empty" : `the body is no JSON: ${(error as Error).message}`,
    );
  }
}

export type FaultCode = NonNullable<NonNullable<Problem["errors"]>[number]["code"]>;

/** The body's fault as a problem that points to it. `pointer` is a JSON pointer, "" for the whole. */
export const invalidBody = (pointer: string, fault: string, code: FaultCode = "form"): HttpProblem =>
  new HttpProblem("invalid-body", pointer === "" ? `${capital(fault)}.` : `${quoted(pointer)} ${fault}.`, {
    errors: [{ pointer, code, detail: fault }],
  });

const CODES: Readonly<Record<string, FaultCode>> = {
  required: "missing",
  minLength: "missing",
  minItems: "missing",
  additionalProperties: "unknown",
  maxLength: "too-long",
  maxItems: "too-long",
};
/** What kind of fault a schema found. */
export const codeOf = (fault: ErrorObject | undefined): FaultCode => CODES[fault?.keyword ?? ""] ?? "form";

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false, validateSchema: false });
let isKnown = false;

/** The validator of a component of openapi.yaml; compiled at its first use. */
function validatorOf<T>(component: string): ValidateFunction<T> {
  if (!isKnown) ajv.addSchema(openapiDocument, "openapi");
  isKnown = true;
  const ref = `openapi#/components/schemas/${component}`;
  return ajv.getSchema<T>(ref) ?? ajv.compile<T>({ $ref: ref });
}

/** Reads a JSON body in the form of a component of openapi.yaml; a fault is a 400 problem that points at it. */
export async function readBody<T>(c: AppContext, component: string): Promise<T> {
  const body = await jsonBody(c);
  const validate = validatorOf<T>(component);
  if (validate(body)) return body;
  const [error] = validate.errors ?? [];
  const pointer = error?.instancePath ?? "";
  const fault = error ? sentence(error) : "does not match the contract";
  throw invalidBody(pointer, pointer === "" ? `the body ${fault}` : fault, codeOf(error));
}

function sentence({ keyword, params, message }: ErrorObject): string {
  switch (keyword) {
    case "required":
      return `lacks ${quoted(String(params["missingProperty"]))}`;
    case "additionalProperties":
      return `has the field ${quoted(String(params["additionalProperty"]))}, which is not known`;
    case "enum":
      return `must be one of ${(params["allowedValues"] as unknown[]).join(", ")}`;
    case "const":
      return `must be ${JSON.stringify(params["allowedValue"])}`;
    default:
      return message ?? "does not match the contract";
  }
}
