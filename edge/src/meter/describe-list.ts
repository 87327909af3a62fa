import type { CosemData } from "../protocol/cosem-data.ts";
import { isPrintable, toHex } from "../protocol/octets.ts";
import { COLUMN_TYPES, fits } from "./profile.ts";
import { toText } from "./telegram-builder.ts";

/** A list of values as `type value`, in the words of a profile's columns, to be compared with the meter's display. */
export function describeList(body: CosemData): string[] {
  if (body.kind === "structure" || body.kind === "array") return body.items.flatMap(describeList);
  const type = COLUMN_TYPES.find((candidate) => fits(body, candidate)) ?? body.kind;
  if (body.kind === "number") return [`${type} ${body.value}`];
  if (body.kind === "octets" && !isPrintable(body.value) && body.value.length !== 12)
    return [`${type} ${toHex(body.value)}`];
  return [`${type} ${toText(body) ?? ""}`.trim()];
}
