import { accepts } from "hono/accepts";
import type { Parameters } from "../request/parameters.ts";
import type { AppContext } from "../ports.ts";

export const FORMATS = ["json", "csv", "ndjson", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: "application/json",
  csv: "text/csv; charset=utf-8; header=present",
  ndjson: "application/x-ndjson",
  parquet: "application/vnd.apache.parquet",
};

/** The form that the parameter `format` names; without it the one that the header Accept prefers. */
export const formatOf = (c: AppContext, query: Parameters): Format =>
  query.oneOf("format", FORMATS) ?? accepted(c);

/** The form that the header Accept prefers; JSON when it does not say. */
export function accepted(c: AppContext): Format {
  const type = accepts(c, {
    header: "Accept",
    supports: FORMATS.map((format) => CONTENT_TYPES[format].split(";", 1)[0]!),
    default: "application/json",
  });
  return FORMATS.find((format) => CONTENT_TYPES[format].startsWith(type)) ?? "json";
}

/** Whether the answer will be another form than JSON; wrong parameters are found later. */
export const isExport = (c: AppContext): boolean => (c.req.query("format") ?? accepted(c)) !== "json";
