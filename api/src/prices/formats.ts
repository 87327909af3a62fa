import { parsedJson } from "../request/body.ts";
import { awattar } from "./awattar.ts";
import { csv } from "./csv.ts";
import { energyCharts } from "./energy-charts.ts";
import { entsoe } from "./entsoe.ts";
import type { PriceFormat } from "./format.ts";
import { parseUpload } from "./upload.ts";

/** The platform's own form, `PriceUpload`. */
const smp: PriceFormat = (text, { tz, name }) => ({
  ...(name === undefined ? {} : { name }),
  ...parseUpload(parsedJson(text), tz),
});

export const PRICE_SOURCES = ["smp", "energy-charts", "awattar", "entsoe", "csv"] as const;
export type PriceSource = (typeof PRICE_SOURCES)[number];

/** The forms in which prices are taken, by the value of `source`. */
export const PRICE_FORMATS: Readonly<Record<PriceSource, PriceFormat>> = {
  smp,
  "energy-charts": energyCharts,
  awattar,
  entsoe,
  csv,
};
