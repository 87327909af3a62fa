import { readFileSync } from "node:fs";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { CostBucket, CostSeries, Tariff } from "@smp/schemas/api";
import { expect, test } from "vitest";
import { fixture, METER, reading } from "../fixture.ts";
import { ask, askJson } from "../openapi.ts";

// The example in docs/use/costs.md, computed by hand there, equals the API's answer.
const page = readFileSync(new URL("../../../docs/use/costs.md", import.meta.url), "utf8");
const contracts = [...page.matchAll(/```json\n([^]*?)```/g)].map((match) => JSON.parse(match[1]!) as Tariff);
const rows = (first: RegExp): string[][] =>
  page
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1))
    .filter(([cell]) => cell !== undefined && first.test(cell));
const hours = rows(/^2026-03-2\dT/).map(([start, imported, exported, market, , euros]) => ({
  start: Date.parse(start!),
  importWh: Number(imported) * 1000,
  exportWh: Number(exported) * 1000,
  market: market!,
  euros: Number(euros),
}));
const [FROM, TO] = [Date.parse("2026-03-28T00:00:00+01:00"), Date.parse("2026-03-30T00:00:00+02:00")];

test("the cost example of the documentation equals the API, by the hour, by the day and in sum", async () => {
  expect(hours).toHaveLength(7);
  const { app, store, clock } = fixture();
  clock.now = TO;
  let [imported, exported] = [1_000_000, 500_000];
  for (let t = FROM; t <= TO; t += QUARTER_HOUR_MS) {
    await store.append([reading(t, { "1-0:1.8.0": imported, "1-0:2.8.0": exported })]);
    const hour = hours.find(({ start }) => t >= start && t < start + 4 * QUARTER_HOUR_MS);
    imported += (hour?.importWh ?? 0) / 4;
    exported += (hour?.exportWh ?? 0) / 4;
  }
  const prices = hours.map(({ start, market }) => ({ start: new Date(start).toISOString(), price: market }));
  const upload = { method: "PUT", body: JSON.stringify({ currency: "EUR", slot: "1h", prices }) };
  expect((await ask(app, "/v1/prices/at-day-ahead", upload)).status).toBe(200);
  for (const contract of contracts) {
    const body = JSON.stringify(contract);
    expect((await ask(app, `/v1/tariffs/${contract.id}`, { method: "PUT", body })).status).toBe(201);
  }
  const cost = (resolution: string): Promise<CostSeries> =>
    askJson(app, `/v1/meters/${METER}/cost?from=2026-03-28&to=2026-03-30&resolution=${resolution}`);

  const byHour = await cost("1h");
  for (const { start, euros } of hours) {
    const bucket = byHour.buckets.find((candidate) => Date.parse(candidate.start) === start)!;
    expect(Number(bucket.import_cost) - Number(bucket.export_credit), bucket.start).toBeCloseTo(euros, 12);
  }
  const byDay = await cost("day");
  const sums = ({ import_cost, base_fee, export_credit, total }: CostBucket): number[] =>
    [import_cost, base_fee, export_credit, total].map(Number);
  const told = rows(/^2026-03-2\d$|^together$/).map((cells) => cells.slice(1).map(Number));
  expect([...byDay.buckets, byDay.total].map(sums)).toEqual(told);
  expect(byDay.total.total).toBe("1.628");
  expect(byDay.tariffs.map(({ id }) => id)).toEqual(["alt", "neu"]);
  for (const resolution of ["15m", "1h", "week", "month"] as const) {
    const { total, buckets } = await cost(resolution);
    if (resolution === "15m" || resolution === "1h") expect(total).toEqual(byDay.total);
    expect(buckets.reduce((sum, { import_cost }) => sum + Number(import_cost), 0)).toBeCloseTo(1.338, 12);
  }
  expect(page).toContain("cost 1.63 €");
});
