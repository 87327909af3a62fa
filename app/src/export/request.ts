import { address } from "../api/http.ts";
import { meterPath } from "../api/paths.ts";

export const KINDS = ["energy", "power", "cost", "readings"] as const;
export type ExportKind = (typeof KINDS)[number];
export type Format = "csv" | "json" | "ndjson" | "parquet";

export interface ExportChoice {
  meter: string;
  kind: ExportKind;
  /** Dates, both inclusive. */
  from: string;
  /** Date, exclusive. */
  to: string;
  resolution: string;
  format: Format;
  tz: string;
}

/** Raw readings as JSON come in pages of 25 hours. */
export const formatsOf = (kind: ExportKind): Format[] =>
  kind === "readings" ? ["csv", "ndjson", "parquet"] : ["csv", "json", "ndjson", "parquet"];

/** The address of the API that answers the same; relative to the platform. */
export function pathOf({ meter, kind, from, to, resolution, format, tz }: ExportChoice): string {
  const query = new URLSearchParams({
    from,
    to,
    ...(kind === "readings" ? {} : { resolution }),
    format,
    tz,
  });
  return `${meterPath(meter)}/${kind}?${query}`;
}

/** The same for a shell; the token is a variable, so that it is in no history of commands. */
export const curlOf = (choice: ExportChoice): string =>
  `curl -OJ -H "Authorization: Bearer $SMP_TOKEN" \\\n  "${address(pathOf(choice))}"`;

/** The name that the API gives the file: a download and a curl must not differ. */
export const fileNameOf = (response: Response, { meter, kind, format }: ExportChoice): string =>
  /filename="?([^";]+)/.exec(response.headers.get("content-disposition") ?? "")?.[1] ??
  `${meter}-${kind}.${format}`;
