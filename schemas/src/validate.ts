/**
 * Validators of the message contracts, compiled once from the JSON Schemas. Apart from the package's main entry, so that
 * the web app does not carry a validator that it never uses.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import {
  normalisedReadingSchema,
  problemSchema,
  readingMessageSchema,
  readingSchema,
  rejectedSchema,
  tariffSchema,
  type JsonObject,
} from "./generated/schemas.ts";
import type { NormalisedReading, Problem, Reading, RejectedMessage, Tariff } from "./generated/types.ts";
import { registerOf, REGISTERS } from "./registers.ts";

const REMEMBERED_MAX = 1_000;
const REMEMBERED_LENGTH_MAX = 40;

/**
 * A pattern that remembers short texts which it has matched: all readings have the same few keys. When there are more,
 * all are forgotten.
 */
function rememberingPattern(
  pattern: string,
  flags: string,
): { test(text: string): boolean; toString(): string } {
  const expression = new RegExp(pattern, flags);
  const matched = new Set<string>();
  return {
    test(text) {
      if (matched.has(text)) return true;
      if (!expression.test(text)) return false;
      if (matched.size >= REMEMBERED_MAX) matched.clear();
      if (text.length <= REMEMBERED_LENGTH_MAX) matched.add(text);
      return true;
    },
    // Ajv tells patterns apart by it.
    toString: () => String(expression),
  };
}
rememberingPattern.code = "new RegExp";

/** The schemas themselves are checked by tests: to check them anew would take each process that starts half a second. */
const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  allErrors: false,
  discriminator: true,
  validateSchema: false,
  code: { regExp: rememberingPattern },
});
for (const schema of [
  readingSchema,
  readingMessageSchema,
  normalisedReadingSchema,
  rejectedSchema,
  problemSchema,
])
  ajv.addSchema(schema);

/** Whether something keeps a contract; `errors` tells why the last one did not. */
export interface Validator<T> {
  (data: unknown): data is T;
  readonly errors?: ErrorObject[] | null | undefined;
}

/** Compiled when it is first asked: a process pays only for the contracts that it meets. */
function validatorOf<T>(schema: JsonObject): Validator<T> {
  let compiled: ValidateFunction<T> | undefined;
  const validate = (data: unknown): data is T => {
    compiled ??= ajv.compile<T>(schema);
    return compiled(data);
  };
  return Object.defineProperty(validate, "errors", { get: () => compiled?.errors });
}

/** One reading of a message; a batch is validated reading by reading, so that one bad reading costs only itself. */
export const isReading: Validator<Reading> = validatorOf(readingSchema);
/** A whole message: a reading, or a batch of 1 to 500. */
export const isReadingMessage: Validator<Reading | Reading[]> = validatorOf(readingMessageSchema);
export const isNormalisedReading: Validator<NormalisedReading> = validatorOf(normalisedReadingSchema);
export const isRejectedMessage: Validator<RejectedMessage> = validatorOf(rejectedSchema);
export const isProblem: Validator<Problem> = validatorOf(problemSchema);
/** A contract's form; whether its dates exist and its numbers fit each other is the tariff engine's to say. */
export const isTariff: Validator<Tariff> = validatorOf(tariffSchema);

const MARKS: ReadonlySet<unknown> = new Set([
  "server-time",
  "suspect",
] satisfies NormalisedReading["quality"]);

/**
 * A record of the log, from this platform or a newer one: within a version that one only adds, and what this one does not
 * know it passes over. To refuse the record would lose the rest. `undefined`: no reading.
 */
export function normalisedReadingOf(record: unknown): NormalisedReading | undefined {
  if (isNormalisedReading(record)) return record;
  const { quality = [], ...known } = knownFields(normalisedReadingSchema, record);
  if (!Array.isArray(quality)) return undefined;
  const marks = quality.filter((mark) => MARKS.has(mark));
  const reading = marks.length > 0 ? { ...known, quality: marks } : known;
  return isNormalisedReading(reading) ? reading : undefined;
}

/** The same of a rejected message; a code that is not known stays as it is. */
export function rejectedMessageOf(record: unknown): RejectedMessage | undefined {
  if (isRejectedMessage(record)) return record;
  const known = knownFields(rejectedSchema, record);
  const isRejected = typeof known["code"] === "string" && isRejectedMessage({ ...known, code: "schema" });
  return isRejected ? (known as unknown as RejectedMessage) : undefined;
}

function knownFields(schema: JsonObject, record: unknown): Record<string, unknown> {
  const fields = schema["properties"] as object;
  return Object.fromEntries(Object.entries(record ?? {}).filter(([field]) => Object.hasOwn(fields, field)));
}

/** The first fault of the last validation as a sentence that a maker understands. */
export function faultSentence(errors: ErrorObject[] | null | undefined): string {
  const error = errors?.[0];
  if (!error) return "The reading does not match the contract.";
  const where = placeOf(error.instancePath);
  switch (error.keyword) {
    case "required":
      return `${where} lacks the field "${String(error.params["missingProperty"])}".`;
    case "additionalProperties":
      return `${where} has the field "${String(error.params["additionalProperty"])}", which the contract does not know.`;
    case "propertyNames":
    case "pattern":
      return error.propertyName === undefined
        ? `${where} is not in the form that the contract asks for: ${String(error.params["pattern"])}.`
        : `${where} has the key "${error.propertyName}", but ${keyMend(error.instancePath, error.propertyName)}.`;
    case "const":
      return `${where} must be the ${typeof error.params["allowedValue"]} ${String(error.params["allowedValue"])}.`;
    case "type":
      if (error.instancePath === "/t")
        return `${where} must be Unix milliseconds UTC, such as 1780000000000.`;
      return `${where} must be ${article(String(error.params["type"]))}.`;
    case "minProperties":
      return `${where} must have at least ${String(error.params["limit"])}.`;
    case "maxProperties":
      return `${where} may have at most ${String(error.params["limit"])}.`;
    default:
      return `${where} ${error.message ?? "does not match the contract"}.`;
  }
}

/** How a key that is no register is mended: names of the API, codes without medium and the last group of six are usual. */
function keyMend(pointer: string, key: string): string {
  if (pointer === "/u" && registerOf(key))
    return 'the units of OBIS codes are fixed: "u" is for "x-" registers';
  const short = key.replace(/\.255$/, "");
  const meant = REGISTERS.find(({ code, name }) => name === key || [short, `1-0:${short}`].includes(code));
  return meant
    ? `that register is called "${meant.code}"`
    : 'a register is an OBIS code such as "1-0:1.8.0", or "x-" with a name of a-z, 0-9 and _';
}

const article = (type: string): string => `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;

/** A JSON pointer into a reading, in words. */
function placeOf(pointer: string): string {
  const levels = pointer
    .split("/")
    .slice(1)
    .map((level) => level.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = levels.at(-1);
  if (last === undefined) return "The reading";
  if (levels.length > 1 && levels.at(-2) === "r") return `The register "${last}"`;
  return last === "r" ? 'The registers, field "r",' : `The field "${last}"`;
}
