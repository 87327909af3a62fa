import { createHash } from "node:crypto";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { Bucket } from "@smp/store";
import type { Output } from "../../contract/output.ts";
import { quartersOf, wishOf, type Wish } from "../range.ts";

// NAESB REQ.21 (ESPI), schema espi.xsd: an Atom feed of UsagePoint, MeterReading, ReadingType and IntervalBlock. Codes:
// ServiceKind 0 electricity; accumulationBehaviour 4 delta data; commodity 1 secondary metered electricity; flowDirection 1
// forward (drawn), 19 reverse (fed in); kind 12 energy; uom 72 Wh; quality 14 raw. Times are seconds since 1970 in UTC.
const DIRECTIONS = [
  { name: "import", flow: 1, of: (bucket: Bucket) => bucket.importWh },
  { name: "export", flow: 19, of: (bucket: Bucket) => bucket.exportWh },
] as const;
const QUARTER_S = QUARTER_HOUR_MS / 1_000;

const output: Output = {
  async fetch(request, context) {
    const wish = await wishOf(request, context);
    if (wish instanceof Response) return wish;
    const quarters = await quartersOf(wish, context);
    return new Response(feed(wish, quarters), {
      headers: {
        "content-type": "application/atom+xml; charset=utf-8",
        "content-disposition": `attachment; filename="${wish.meter}.xml"`,
      },
    });
  },
};
export default output;

function feed(wish: Wish, quarters: readonly [number, Bucket | undefined][]): string {
  const { meter, from, to } = wish;
  const updated = new Date(to).toISOString();
  const point = `UsagePoint/${meter}`;
  const entries = [
    entry(wish, point, "UsagePoint", "<ServiceCategory><kind>0</kind></ServiceCategory>", []),
    ...DIRECTIONS.flatMap(({ name, flow, of }) => {
      const values = quarters.flatMap(([start, bucket]): [number, number][] => {
        const wh = bucket && of(bucket);
        return wh === null || wh === undefined ? [] : [[start, wh]];
      });
      // A meter without this direction has no empty one.
      if (values.length === 0) return [];
      const reading = `${point}/MeterReading/${name}`;
      const type = `ReadingType/${name}`;
      return [
        entry(wish, reading, "MeterReading", "", [type]),
        entry(wish, type, "ReadingType", readingType(flow), []),
        entry(wish, `${reading}/IntervalBlock/${from}`, "IntervalBlock", block(wish, values), []),
      ];
    }),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${uuid(`feed/${meter}/${from}/${to}`)}</id>
<title>${escaped(meter)}</title>
<updated>${updated}</updated>
${entries.join("\n")}
</feed>
`;
}

/** One resource as an Atom entry; its id is the same each time it is asked for. */
function entry({ to }: Wish, path: string, element: string, content: string, related: string[]): string {
  const links = [
    `<link rel="self" href="espi/1_1/resource/${escaped(path)}"/>`,
    ...related.map((target) => `<link rel="related" href="espi/1_1/resource/${escaped(target)}"/>`),
  ];
  return `<entry><id>${uuid(path)}</id>${links.join("")}<title>${element}</title><content><${element} xmlns="http://naesb.org/espi">${content}</${element}></content><updated>${new Date(to).toISOString()}</updated></entry>`;
}

const readingType = (flow: number): string =>
  `<accumulationBehaviour>4</accumulationBehaviour><commodity>1</commodity><flowDirection>${flow}</flowDirection><intervalLength>${QUARTER_S}</intervalLength><kind>12</kind><powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom>`;

function block({ from, to }: Wish, values: readonly [number, number][]): string {
  const readings = values.map(
    ([start, wh]) =>
      `<IntervalReading><ReadingQuality><quality>14</quality></ReadingQuality>${period(start, QUARTER_S)}<value>${wh}</value></IntervalReading>`,
  );
  return `<interval><duration>${(to - from) / 1_000}</duration><start>${from / 1_000}</start></interval>${readings.join("\n")}`;
}

const period = (startMs: number, durationS: number): string =>
  `<timePeriod><duration>${durationS}</duration><start>${startMs / 1_000}</start></timePeriod>`;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** A UUID (version 5 in form) of a resource's path. */
function uuid(path: string): string {
  const hex = createHash("sha1").update(`smart-meter-platform/${path}`).digest("hex");
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 3) | 8).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
