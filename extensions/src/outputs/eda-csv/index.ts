import { QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type { Output } from "../../contract/output.ts";
import { kwh, quartersOf, wishOf } from "../range.ts";

// As Austrian grid operators' portals hand out quarter hours: semicolons, decimal comma, local time, one line a quarter hour,
// quality L1 for measured values. The offset beside it tells the hour that comes twice apart.
const HEAD = "Zählpunkt;Datum;Zeit von;Zeit bis;UTC-Versatz;Bezug [kWh];Einspeisung [kWh];Qualität";

const output: Output = {
  async fetch(request, context) {
    const wish = await wishOf(request, context);
    if (wish instanceof Response) return wish;
    const { meter, from, tz } = wish;
    const lines = (await quartersOf(wish, context)).map(([start, bucket]) => {
      const local = toOffsetString(start, tz);
      const end = toOffsetString(start + QUARTER_HOUR_MS, tz);
      const value = (wh: number | null | undefined): string =>
        wh === null || wh === undefined ? "" : kwh(wh).replace(".", ",");
      const measured = bucket && (bucket.importWh !== null || bucket.exportWh !== null);
      return [
        meter,
        `${local.slice(8, 10)}.${local.slice(5, 7)}.${local.slice(0, 4)}`,
        local.slice(11, 16),
        end.slice(11, 16),
        local.slice(19),
        value(bucket?.importWh),
        value(bucket?.exportWh),
        measured ? "L1" : "",
      ].join(";");
    });
    const name = `${meter}-${toOffsetString(from, tz).slice(0, 10)}.csv`;
    return new Response(`\uFEFF${[HEAD, ...lines].join("\r\n")}\r\n`, {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="${name}"`,
      },
    });
  },
};
export default output;
