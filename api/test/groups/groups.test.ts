import type { Group, GroupBalance, GroupEnergySeries, GroupList, GroupPowerSeries } from "@smp/schemas/api";
import { bucketBounds, type NormalisedReading, type Problem } from "@smp/schemas";
import type { Bucket, SeriesQuery, Store } from "@smp/store";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { MeterSettings } from "../../src/access/meter-settings.ts";
import { makeToken, tokenDocument } from "../../src/access/token.ts";
import { cellsOf, CELL_MEMBERS_MIN, differencing } from "../../src/groups/cells.ts";
import type { GroupRecord } from "../../src/groups/group.ts";
import { publishDay, type PublishedHour } from "../../src/groups/publication.ts";
import { publishedHours } from "../../src/groups/sums.ts";
import { createApp } from "../../src/app.ts";
import {
  ADMIN_TOKEN,
  anonymousFixture,
  configOf,
  HOUR_MS,
  MIDNIGHT,
  NOW,
  reading,
  silent,
  type Fixture,
} from "../fixture.ts";
import { ask, askJson, component, faultsOf } from "../openapi.ts";
import { EventReader } from "../sse.ts";

const DAY = "2026-03-27";
const START = MIDNIGHT - 48 * HOUR_MS;
const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
const send = (method: string, body?: unknown): RequestInit => ({
  method,
  headers: { ...admin, "content-type": "application/json" },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
const name = (index: number): string => `m-${index}`;
const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => name(from + index));

/** Meters that use `wh(index)` a quarter hour for two days up to midnight, each of the visibility that is asked for. */
async function platform(
  count: number,
  options: { visibility?: (index: number) => string | undefined; wh?: (index: number) => number } = {},
): Promise<Fixture> {
  const { visibility = () => "aggregate", wh = () => 100 } = options;
  const made = anonymousFixture({ requestsPerMinute: 0 });
  for (let index = 0; index < count; index++) {
    await made.store.putDocument({
      kind: "meter",
      id: name(index),
      value: { visibility: visibility(index) },
      t: 0,
    });
    await append(made, index, START, MIDNIGHT + HOUR_MS, wh(index));
  }
  return made;
}
async function append(
  { store }: Fixture,
  index: number,
  from: number,
  to: number,
  wh: number,
): Promise<void> {
  const steps = (to - from) / 900_000;
  await store.append(
    Array.from({ length: steps }, (_, step) =>
      reading(
        from + step * 900_000,
        { "1-0:1.8.0": 1_000 + step * wh, "1-0:2.8.0": 50, "1-0:16.7.0": wh * 4 },
        name(index),
      ),
    ),
  );
}
const group = (id: string, meters: string[]): GroupRecord => ({
  id,
  name: id,
  kind: "other",
  visibility: "public",
  licence: null,
  meters,
  created: 0,
  updated: 0,
});
/** What all meters of that count let the public know. */
const aggregated = (count: number): MeterSettings =>
  new MeterSettings(
    names(0, count).map((id) => ({ kind: "meter", id, value: { visibility: "aggregate" }, t: 0 })),
  );
const put = (made: Fixture, id: string, meters: string[], more: object = {}): Promise<Response> =>
  ask(
    made.app,
    `/v1/groups/${id}`,
    send("PUT", { name: id, kind: "community", visibility: "public", licence: "CC-BY-4.0", meters, ...more }),
  );
const energy = (made: Fixture, id: string, query = `from=${DAY}&to=2026-03-28&resolution=1h`, headers = {}) =>
  askJson<GroupEnergySeries>(made.app, `/v1/groups/${id}/energy?${query}`, { headers });
const imports = ({ buckets }: GroupEnergySeries): (number | null)[] =>
  buckets.map(({ import_kwh }) => import_kwh);

describe("a group for those who may read its members", () => {
  test("has sums, balance, and what was shared, at every resolution", async () => {
    const made = await platform(3, { visibility: () => "private" });
    expect((await put(made, "haus", names(0, 3), { visibility: "private" })).status).toBe(201);
    const series = await energy(made, "haus", `from=${DAY}&to=2026-03-28&resolution=15m`, admin);
    expect(series.buckets).toHaveLength(96);
    expect(series.buckets[0]).toMatchObject({
      import_kwh: 0.3,
      export_kwh: 0,
      balance_kwh: 0.3,
      shared_kwh: 0,
      members: 3,
      reporting: 3,
      coverage: 1,
      quality: "measured",
    });
    expect(series.total).toMatchObject({ import_kwh: 28.8, balance_kwh: 28.8 });
    // With a member of which nothing has come.
    await put(made, "mehr", names(0, 4), { visibility: "private" });
    const { total } = await energy(made, "mehr", `from=${DAY}&to=2026-03-28&resolution=15m`, admin);
    expect(total).toMatchObject({
      import_kwh: 28.8,
      members: 4,
      reporting: 3,
      coverage: 0.75,
      quality: "partial",
    });
    const power = await askJson<GroupPowerSeries>(
      made.app,
      `/v1/groups/haus/power?from=${DAY}&to=2026-03-28`,
      { headers: admin },
    );
    expect(power.buckets[0]).toMatchObject({ avg_w: 1200, members: 3, reporting: 3 });
  });

  test("counts as shared only what flowed in the same quarter hour", async () => {
    const made = anonymousFixture({ requestsPerMinute: 0 });
    const at = (quarter: number, a: number, b: number): Promise<void> =>
      made.store.append([
        reading(START + quarter * 900_000, { "1-0:1.8.0": a, "1-0:2.8.0": 0 }, "consumer"),
        reading(START + quarter * 900_000, { "1-0:1.8.0": 0, "1-0:2.8.0": b }, "producer"),
      ]);
    // Together 300 Wh in and 200 Wh out, but only 100 Wh of it at the same time.
    await at(0, 0, 0);
    await at(1, 100, 200);
    await at(2, 300, 200);
    await at(3, 300, 200);
    await put(made, "zwei", ["consumer", "producer"], { visibility: "private" });
    const { buckets } = await energy(made, "zwei", `from=${DAY}&to=2026-03-28&resolution=day`, admin);
    expect(buckets[0]).toMatchObject({ import_kwh: 0.3, export_kwh: 0.2, balance_kwh: 0.1, shared_kwh: 0.1 });
  });

  test("counts as shared, by the hour, what a member that sends once an hour took; nothing of a longer gap", async () => {
    const made = anonymousFixture({ requestsPerMinute: 0 });
    // 400 Wh an hour, twenty seconds past it; then nothing for six hours.
    const consumer = [0, 1, 2, 3, 9].map((hour) =>
      reading(START + hour * HOUR_MS + 20_000, { "1-0:1.8.0": hour * 400, "1-0:2.8.0": 0 }, "consumer"),
    );
    // In the second hour 1,000 Wh of sun, and in each of the others 100 Wh.
    const sunWh = (quarter: number): number => quarter * 25 + Math.min(4, Math.max(0, quarter - 4)) * 225;
    const producer = Array.from({ length: 37 }, (_, quarter) =>
      reading(START + quarter * 900_000, { "1-0:1.8.0": 0, "1-0:2.8.0": sunWh(quarter) }, "producer"),
    );
    await made.store.append([...consumer, ...producer]);
    await put(made, "zwei", ["consumer", "producer"], { visibility: "private" });
    for (const resolution of ["1h", "day"]) {
      const { total } = await energy(
        made,
        "zwei",
        `from=${DAY}&to=2026-03-28&resolution=${resolution}`,
        admin,
      );
      expect(total).toMatchObject({ import_kwh: 3.6, export_kwh: 1.8, shared_kwh: 0.6 });
    }
  });

  test("asks the store for the stretches of members that send seldom alone, and of no more than twenty", async () => {
    const made = anonymousFixture({ requestsPerMinute: 0 });
    const steps = vi.spyOn(made.store, "energySteps");
    const every = (ms: number, meter: string, without?: number): NormalisedReading[] =>
      Array.from({ length: (24 * HOUR_MS) / ms }, (_, index) =>
        reading(START + index * ms + 20_000, { "1-0:1.8.0": index * 10 }, meter),
      ).filter((_, index) => index !== without);
    const hourly = names(0, 21);
    await made.store.append([
      ...every(900_000, "outage", 30),
      ...hourly.flatMap((meter) => every(HOUR_MS, meter)),
    ]);
    for (const [index, count] of [20, 21].entries()) {
      await put(made, `g${index}`, ["outage", ...hourly.slice(0, count)], { visibility: "private" });
      await energy(made, `g${index}`, undefined, admin);
    }
    expect(steps.mock.calls.map(([{ meter }]) => meter)).toEqual(hourly.slice(0, 20));
  });

  test("is partial where a member's energy is not allocated in time, though its power is there", async () => {
    const made = anonymousFixture({ requestsPerMinute: 0 });
    const counters = [1_000, null, 1_300, 1_300];
    await made.store.append(
      counters.map((wh, quarter) =>
        reading(
          START + quarter * 900_000,
          { "1-0:16.7.0": 400, ...(wh === null ? {} : { "1-0:1.8.0": wh }) },
          name(0),
        ),
      ),
    );
    await put(made, "haus", [name(0)], { visibility: "private" });
    const series = await energy(made, "haus", `from=${START}&to=${START + HOUR_MS}&resolution=1h`, admin);
    expect(series.total).toMatchObject({ import_kwh: 0.3, coverage: 1, quality: "partial" });
    expect(series.buckets[0]).toMatchObject({ import_kwh: 0.3, coverage: 1, quality: "partial" });
  });

  test("tells what flows now, without those who fell silent, and follows it", async () => {
    const made = anonymousFixture({ requestsPerMinute: 0 });
    await made.store.append([
      reading(NOW - 5_000, { "1-0:16.7.0": 500 }, "a"),
      reading(NOW - 6_000, { "1-0:16.7.0": -800 }, "b"),
      reading(NOW - 300_001, { "1-0:16.7.0": 900 }, "c"),
    ]);
    await put(made, "jetzt", ["a", "b", "c"], { visibility: "private" });
    const balance = await askJson<GroupBalance>(made.app, "/v1/groups/jetzt/latest", { headers: admin });
    expect(balance).toMatchObject({
      consumption_w: 500,
      production_w: 800,
      net_w: -300,
      members: 3,
      reporting: 2,
      age_s: 5,
    });
    const reader = new EventReader(await ask(made.app, "/v1/groups/jetzt/live", { headers: admin }));
    const first = await reader.next("balance");
    expect(faultsOf(component("GroupLiveEvent"), first)).toEqual([]);
    expect(first!.data).toMatchObject({ net_w: -300, reporting: 2 });
    await made.store.append([reading(NOW - 1_000, { "1-0:16.7.0": 700 }, "a")]);
    expect((await reader.next("balance"))!.data).toMatchObject({ consumption_w: 700, net_w: -100 });
    await reader.close();
  });

  test("has the time of sending as its id while no member has spoken of late", async () => {
    const made = anonymousFixture({ requestsPerMinute: 0 });
    await made.store.append([reading(NOW - HOUR_MS, { "1-0:16.7.0": 900 }, "a")]);
    await put(made, "still", ["a"], { visibility: "private" });
    const reader = new EventReader(await ask(made.app, "/v1/groups/still/live", { headers: admin }));
    const told = await reader.next("balance");
    expect(told?.id).toBe(String(NOW));
    expect(faultsOf(component("GroupLiveEvent"), told)).toEqual([]);
    expect(told!.data).toMatchObject({ t: null, reporting: 0 });
    await reader.close();
  });

  test("is made, changed and removed by an administrator only", async () => {
    const made = await platform(1);
    expect((await ask(made.app, "/v1/groups/x", { method: "PUT", body: "{}" })).status).toBe(401);
    expect((await put(made, "A/B", [])).status).toBe(404);
    expect((await put(made, "gross%41", [])).status).toBe(400);
    expect((await put(made, "x", ["no meter"])).status).toBe(400);
    expect((await put(made, "x", [name(0)])).status).toBe(201);
    expect((await put(made, "x", [name(0)], { name: "X" })).status).toBe(200);
    expect(await askJson<Group>(made.app, "/v1/groups/x", { headers: admin })).toMatchObject({
      name: "X",
      members: 1,
    });
    expect((await ask(made.app, "/v1/groups/x", { method: "DELETE" })).status).toBe(401);
    expect((await ask(made.app, "/v1/groups/x", send("DELETE"))).status).toBe(204);
    expect((await ask(made.app, "/v1/groups/x", { headers: admin })).status).toBe(404);
  });

  test("too many meters over too long a time are refused with what fits", async () => {
    const made = anonymousFixture({ requestsPerMinute: 0 });
    await put(made, "viele", names(0, 1_000), { visibility: "private" });
    const answer = await ask(
      made.app,
      "/v1/groups/viele/energy?from=2020-01-01&to=2026-01-01&resolution=month",
      {
        headers: admin,
      },
    );
    expect(answer.status).toBe(422);
    expect(((await answer.json()) as Problem).detail).toContain("at most 52 days");
  });
});

describe("a group for the public", () => {
  test("of open members only is public at every resolution, live too", async () => {
    const made = await platform(2, { visibility: () => "open" });
    await put(made, "pv", names(0, 2));
    expect((await energy(made, "pv", `from=${DAY}&to=2026-03-28&resolution=15m`)).total.import_kwh).toBe(
      19.2,
    );
    expect((await ask(made.app, "/v1/groups/pv/latest")).status).toBe(200);
    expect((await askJson<Group>(made.app, "/v1/groups/pv")).meters).toEqual(names(0, 2));
  });

  test("is published in whole hours from eleven members on, and does not name them", async () => {
    const made = await platform(12);
    await put(made, "dorf", names(0, 12));
    const series = await energy(made, "dorf");
    expect(series.licence).toBe("CC-BY-4.0");
    expect(imports(series)).toEqual(Array.from({ length: 24 }, () => 4.8));
    expect(series.buckets[0]).toMatchObject({ members: 12, reporting: 12, quality: "measured" });
    const total = async (from: string, resolution: string): Promise<number | null> =>
      (await energy(made, "dorf", `from=${from}&to=2026-03-28&resolution=${resolution}`)).total.import_kwh;
    expect(await total(DAY, "day")).toBe(115.2);
    expect(await total(`${DAY}T12:00:00%2B01:00`, "1h")).toBe(57.6);
    expect(await askJson<Group>(made.app, "/v1/groups/dorf")).toMatchObject({ members: 12, meters: [] });
    expect((await ask(made.app, `/v1/groups/dorf/energy?from=${DAY}&resolution=15m`)).status).toBe(401);
    for (const below of ["latest", "live"])
      expect((await ask(made.app, `/v1/groups/dorf/${below}`)).status).toBe(404);
    const power = await askJson<GroupPowerSeries>(
      made.app,
      `/v1/groups/dorf/power?from=${DAY}&to=2026-03-28`,
    );
    expect(power.buckets[0]!.avg_w).toBe(4800);
  });

  test("a mean power rests on the hours in which import and export are both published", async () => {
    const made = await platform(12);
    // From noon on half of what is fed in comes from one roof, so that export is not told.
    await made.store.append(
      Array.from({ length: 48 }, (_, step) =>
        reading(
          MIDNIGHT - 36 * HOUR_MS + step * 900_000,
          {
            "1-0:1.8.0": 5_800 + step * 100,
            "1-0:2.8.0": 50 + step * 30,
          },
          name(0),
        ),
      ),
    );
    await put(made, "dorf", names(0, 12));
    const answer = await askJson<GroupPowerSeries>(
      made.app,
      `/v1/groups/dorf/power?from=${DAY}&to=2026-03-28&resolution=day`,
    );
    const [day] = (await energy(made, "dorf", `from=${DAY}&to=2026-03-28&resolution=day`)).buckets;
    expect(day).toMatchObject({ import_kwh: 115.2, export_kwh: 0, coverage: 0.5 });
    expect(answer.buckets[0]).toMatchObject({ avg_w: 4800, coverage: 0.5 });
  });

  test("its hours begin where the clock says, also on the day that is longer by half an hour", () => {
    const tz = "Australia/Lord_Howe";
    const bounds = bucketBounds(Date.UTC(2026, 3, 4, 13), Date.UTC(2026, 3, 5, 13), "1h", tz);
    const [from, to] = [bounds[0]!, bounds.at(-1)!];
    const hours = bounds.slice(1).map(() => ({ importWh: 1, exportWh: 0, reporting: 11 }));
    const day = { from, to, groups: { insel: { members: 11, hours } } };
    expect(hours).toHaveLength(25);
    expect(publishedHours([day], "insel", tz).map((hour) => hour.from)).toEqual(bounds.slice(0, -1));
  });

  test("tells nothing of the last 24 hours", async () => {
    const made = await platform(12);
    await put(made, "dorf", names(0, 12));
    made.clock.now = MIDNIGHT + 23 * HOUR_MS;
    const series = await energy(made, "dorf", "from=2026-03-27&to=2026-03-29&resolution=day");
    expect(imports(series)).toEqual([115.2, null]);
    expect(series.buckets[1]!.quality).toBe("none");
    made.clock.now = MIDNIGHT + 24 * HOUR_MS;
    expect(imports(await energy(made, "dorf", "from=2026-03-27&to=2026-03-29&resolution=day"))).toEqual([
      115.2, 115.2,
    ]);
  });

  test("waits with a day until readings of the day after it are there: a store that is behind would publish it empty", async () => {
    const made = await platform(12);
    await put(made, "dorf", names(0, 12));
    made.clock.now = MIDNIGHT + 72 * HOUR_MS;
    const day = async (): Promise<(number | null)[]> =>
      imports(await energy(made, "dorf", "from=2026-03-28&to=2026-03-29&resolution=day"));
    expect(await day()).toEqual([115.2]);
    const next = async (): Promise<(number | null)[]> =>
      imports(await energy(made, "dorf", "from=2026-03-29&to=2026-03-30&resolution=day"));
    expect(await next()).toEqual([null]);
    for (let index = 0; index < 12; index++) await append(made, index, START, MIDNIGHT + 60 * HOUR_MS, 100);
    expect(await next()).toEqual([110.4]);
  });

  test("a long range is published in parts, each day once, also where two ask at the same time", async () => {
    const made = await platform(12);
    await put(made, "dorf", names(0, 12));
    const written = vi.spyOn(made.store, "putDocument");
    const quarter = (): Promise<unknown> =>
      energy(made, "dorf", "from=2026-01-01&to=2026-03-28&resolution=day");
    await quarter();
    expect(written).toHaveBeenCalledTimes(62);
    await Promise.all([quarter(), quarter()]);
    expect(written).toHaveBeenCalledTimes(86);
  });

  test("a member of whom nothing is said counts nowhere until its owner lets it", async () => {
    const made = await platform(12, { visibility: () => undefined });
    await put(made, "dorf", names(0, 12));
    expect(new Set(imports(await energy(made, "dorf")))).toEqual(new Set([null]));
    for (const id of names(0, 12))
      await ask(made.app, `/v1/meters/${id}`, send("PATCH", { visibility: "aggregate" }));
    expect((await energy(made, "dorf")).buckets[0]).toMatchObject({ import_kwh: 4.8 });
  });

  test("is asked for again soon while days are missing that are to come", async () => {
    const made = await platform(12);
    await put(made, "dorf", names(0, 12));
    for (const below of ["energy", "power"]) {
      const cached = async (from: string, to: string): Promise<string | null> =>
        (await ask(made.app, `/v1/groups/dorf/${below}?from=${from}&to=${to}`)).headers.get("cache-control");
      expect(await cached(DAY, "2026-03-28")).toMatch(/max-age=300/);
      expect(await cached(DAY, "2026-03-29")).toBe("private, max-age=10");
    }
  });

  test("does not list groups that are private, which answer like unknown ones", async () => {
    const made = await platform(12);
    // It may read every member, but not single readings, which a sum and all others' would show.
    const coarse = makeToken({ name: "coarse", meters: names(0, 12), finest: "15m" }, MIDNIGHT);
    await made.store.putDocument(tokenDocument(coarse.record));
    await put(made, "intern", names(0, 12), { visibility: "private" });
    await put(made, "leer", [], { visibility: "private" });
    for (const headers of [{}, { authorization: `Bearer ${coarse.secret}` }]) {
      expect((await askJson<GroupList>(made.app, "/v1/groups", { headers })).groups).toEqual([]);
      for (const below of ["", "/energy", "/power", "/latest", "/live"]) {
        const [unknown, ...hidden] = await Promise.all(
          ["nichts", "intern", "leer"].map(async (id) => {
            const response = await ask(made.app, `/v1/groups/${id}${below}`, { headers });
            return { status: response.status, text: (await response.text()).replaceAll(id, "ID") };
          }),
        );
        expect(hidden).toEqual([unknown, unknown]);
        expect(unknown!.status).toBe(404);
      }
    }
  });
});

describe("N63: aggregate differencing", () => {
  test("N63: ten members are told nothing, whatever open ones are beside them", async () => {
    const made = await platform(14, { visibility: (index) => (index < 10 ? "aggregate" : "open") });
    await put(made, "zehn", names(0, 14));
    const series = await energy(made, "zehn");
    expect(imports(series)).toEqual(Array.from({ length: 24 }, () => null));
    expect(series.buckets[0]).toMatchObject({ quality: "suppressed", members: 4 });
    expect(series.total.import_kwh).toBeNull();
  });

  test("N63: an hour in which fewer than eleven report is null, and its day is the sum of the other hours", async () => {
    const made = await platform(11);
    // One of them was away in the first half of the day.
    const away = anonymousFixture({ requestsPerMinute: 0 });
    for (let index = 0; index < 11; index++) {
      await away.store.putDocument({
        kind: "meter",
        id: name(index),
        value: { visibility: "aggregate" },
        t: 0,
      });
      await append(away, index, index === 0 ? START + 12 * HOUR_MS : START, MIDNIGHT, 100);
    }
    await put(made, "dorf", names(0, 11));
    await put(away, "dorf", names(0, 11));
    expect(imports(await energy(made, "dorf"))).not.toContain(null);
    const hours = imports(await energy(away, "dorf"));
    expect(hours.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => null));
    const day = await energy(away, "dorf", `from=${DAY}&to=2026-03-28&resolution=day`);
    const told = hours.reduce<number>((sum, value) => sum + Math.round((value ?? 0) * 1000), 0);
    expect(Math.round(day.total.import_kwh! * 1000)).toBe(told);
    expect(Math.round(day.buckets[0]!.import_kwh! * 1000)).toBe(told);
    expect(day.buckets[0]).toMatchObject({ quality: "partial", reporting: 0 });
  });

  const twelve = Array.from({ length: 12 }, () => 100);
  test.each<[string, (number | null)[], PublishedHour]>([
    ["in which one makes a quarter", [400, ...twelve], { importWh: 1_600, exportWh: 0, reporting: 13 }],
    ["in which one makes more", [404, ...twelve], { importWh: null, exportWh: 0, reporting: 13 }],
    [
      "in which ten report",
      [null, null, null, ...twelve.slice(2)],
      { importWh: null, exportWh: null, reporting: 0 },
    ],
    [
      "of 1,001 members",
      Array.from({ length: 1_001 }, () => 1),
      { importWh: 1_001, exportWh: 0, reporting: 1_001 },
    ],
  ])("N63: an hour %s is told as far as it hides each member", async (_, wh, expected) => {
    const series = ({ meters, from }: SeriesQuery): Promise<Partial<Bucket>[]> =>
      Promise.resolve(
        meters.map((meter) => ({
          meter,
          from,
          importWh: wh[Number(meter.slice(2))] ?? null,
          exportWh: null,
        })),
      );
    const hour = { from: START, to: START + HOUR_MS, tz: "Europe/Vienna" };
    const fabrik = group("fabrik", names(0, wh.length));
    const groups = [fabrik, { ...fabrik, id: "intern", visibility: "private" as const }];
    const day = await publishDay({ series } as unknown as Store, hour, groups, aggregated(wh.length));
    expect(day.groups).toEqual({ fabrik: { members: wh.length, hours: [expected] } });
  });

  test("N63: members without the counter hide nobody: ten households' import is not told beside seven roofs", async () => {
    const made = await platform(10);
    for (let index = 10; index < 17; index++) {
      await made.store.putDocument({
        kind: "meter",
        id: name(index),
        value: { visibility: "aggregate" },
        t: 0,
      });
      await made.store.append(
        Array.from({ length: 200 }, (_, step) =>
          reading(START + step * 900_000, { "1-0:2.8.0": 50 + step * 10 }, name(index)),
        ),
      );
    }
    await put(made, "dorf", names(0, 17));
    const { buckets } = await energy(made, "dorf");
    expect(buckets[0]).toMatchObject({ import_kwh: null, export_kwh: 0.28, reporting: 17 });
  });

  test("N63: two public groups that differ by one household are refused, also as three", async () => {
    const made = await platform(40);
    expect((await put(made, "a", names(0, 20))).status).toBe(201);
    const refused = await put(made, "b", names(0, 19));
    expect(refused.status).toBe(422);
    expect(((await refused.json()) as Problem).detail).toMatch(/would show 1 households/);
    // Each pair differs by many; but a + b - c is the one household that a and b share.
    expect((await put(made, "b", names(19, 40))).status).toBe(422);
    expect((await put(made, "b", names(20, 40))).status).toBe(201);
    expect((await put(made, "c", names(0, 40))).status).toBe(201);
    expect((await put(made, "c", names(0, 39))).status).toBe(422);
  });

  test("N63: two public groups may differ by eleven households and not by ten; a private one is none of them", async () => {
    const made = await platform(22);
    expect((await put(made, "intern", names(0, 5), { visibility: "private" })).status).toBe(201);
    expect((await put(made, "a", names(0, 22))).status).toBe(201);
    expect((await put(made, "b", names(0, 12))).status).toBe(422);
    expect((await put(made, "b", names(0, 11))).status).toBe(201);
    for (const [id, members] of [
      ["a", 22],
      ["b", 11],
    ] as const)
      expect((await energy(made, id)).buckets[0]).toMatchObject({ import_kwh: members * 0.4, members });
  });

  test("N63: a member that becomes the difference of two groups counts in neither", async () => {
    const made = await platform(31, { visibility: (index) => (index === 30 ? "private" : "aggregate") });
    await put(made, "a", [...names(0, 15), name(30)]);
    await put(made, "b", [...names(15, 30), name(30)]);
    await ask(made.app, `/v1/meters/${name(30)}`, send("PATCH", { visibility: "aggregate" }));
    expect((await energy(made, "a")).buckets[0]).toMatchObject({ import_kwh: 6, members: 15 });
    expect((await energy(made, "b")).buckets[0]).toMatchObject({ import_kwh: 6, members: 15 });
  });

  test("N63: what was published stays: late readings, withdrawal, another membership and a new group show no difference", async () => {
    const made = await platform(24);
    await put(made, "dorf", names(0, 12));
    const before = imports(await energy(made, "dorf"));
    // One household more, one less, one whose readings come late, and a group that holds the same households.
    await put(made, "dorf", names(0, 13));
    await ask(made.app, `/v1/meters/${name(3)}`, send("PATCH", { visibility: "private" }));
    await append(made, 5, START, MIDNIGHT, 180);
    made.clock.now += 10 * 60_000;
    expect(imports(await energy(made, "dorf"))).toEqual(before);
    await ask(made.app, "/v1/groups/dorf", send("DELETE"));
    await put(made, "neu", names(0, 11));
    expect(imports(await energy(made, "neu"))).toEqual(Array.from({ length: 24 }, () => null));
    // The day after is not over for 24 hours; then the group is too small without the one who withdrew.
    expect(imports(await energy(made, "neu", "from=2026-03-28&to=2026-03-29&resolution=day"))).toEqual([
      null,
    ]);
    made.clock.now += 48 * HOUR_MS;
    expect(
      (await energy(made, "neu", "from=2026-03-28&to=2026-03-29&resolution=day")).buckets[0]!.members,
    ).toBe(0);
  });

  test("N63: two processes that publish the same day from different data tell the same one", async () => {
    const made = await platform(12);
    await put(made, "dorf", names(0, 12));
    const now = (): number => made.clock.now;
    const process = (): Fixture => ({
      ...made,
      app: createApp(configOf(), { store: made.store, logger: silent, now, sharedStore: true }),
    });
    const [a, b] = [process(), process()];
    expect(imports(await energy(a, "dorf"))).toEqual(Array.from({ length: 24 }, () => null));
    made.clock.now += 1_000;
    // A reading that came late makes the second one's sum another.
    await append(made, 5, START, MIDNIGHT, 180);
    // It has not seen yet what the first one wrote.
    const documents = made.store.documents.bind(made.store);
    made.store.documents = async (kind) => (kind.startsWith("publication") ? [] : documents(kind));
    await energy(b, "dorf");
    // What was written can be seen when the store has settled.
    made.store.settled = async () => void (made.store.documents = documents);
    made.clock.now += 69_500;
    expect(imports(await energy(a, "dorf"))).toEqual(Array.from({ length: 24 }, () => null));
    made.clock.now += 50_000;
    const [first, second] = [imports(await energy(a, "dorf")), imports(await energy(b, "dorf"))];
    expect(first).toEqual(Array.from({ length: 24 }, () => 4.8));
    expect(second).toEqual(first);
    made.clock.now += 10 * 60_000;
    expect([imports(await energy(a, "dorf")), imports(await energy(b, "dorf"))]).toEqual([first, first]);
    expect(await documents("publication-2026")).toHaveLength(2);
    // What was told stays, though a process whose clock was behind wrote the same day.
    const behind = { kind: "publication-2026", id: `${DAY}~behind`, t: NOW - HOUR_MS };
    await made.store.putDocument({ ...behind, value: { from: START, to: START, groups: {} } });
    made.clock.now += 10 * 60_000;
    expect([imports(await energy(a, "dorf")), imports(await energy(b, "dorf"))]).toEqual([first, first]);
  });

  test("N63: no hour is published twice where the platform's zone moves to the east", async () => {
    const made = await platform(13);
    await put(made, "dorf", names(0, 12));
    await energy(made, "dorf");
    await put(made, "dorf", names(0, 13));
    made.clock.now += 48 * HOUR_MS;
    const now = (): number => made.clock.now;
    const config = configOf({ requestsPerMinute: 0 }, { timeZone: "Europe/Athens" });
    const east = { ...made, app: createApp(config, { store: made.store, logger: silent, now }) };
    const hours = (count: number, kwh: number): number[] => Array.from({ length: count }, () => kwh);
    // The day of Vienna begins and ends an hour after that of Athens.
    expect(imports(await energy(east, "dorf", `from=${DAY}&to=2026-03-29&resolution=1h`))).toEqual([
      null,
      ...hours(24, 4.8),
      ...hours(23, 5.2),
    ]);
  });

  test("N63: another zone's days are not told", async () => {
    const made = await platform(12);
    await put(made, "dorf", names(0, 12));
    expect((await ask(made.app, `/v1/groups/dorf/energy?from=${DAY}&resolution=day&tz=UTC`)).status).toBe(
      400,
    );
  });

  test("N63: whatever groups there are, no sum of sums and differences shows fewer than eleven", () => {
    const settings = aggregated(40);
    // Whole blocks, so that many sets are accepted, and sometimes one household more or less.
    const blocks = [names(0, 13), names(13, 26), names(26, 40)];
    const members = fc
      .tuple(fc.subarray(blocks), fc.option(fc.constantFrom(...names(0, 40)), { freq: 3 }))
      .map(([some, odd]) => {
        const all = some.flat();
        return odd === null ? all : all.includes(odd) ? all.filter((meter) => meter !== odd) : [...all, odd];
      });
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(members, { maxLength: 4 }),
        fc.array(fc.integer({ min: -3, max: 3 })),
        (sets, weights) => {
          const groups = sets.map((meters, index) => group(`g${index}`, meters));
          const cells = cellsOf(groups, settings);
          if (differencing(cells)) {
            refused++;
            return;
          }
          accepted++;
          // Any whole-number combination of the sums that are told.
          const told = groups.filter((_, index) => (sets[index]?.length ?? 0) >= CELL_MEMBERS_MIN);
          const seen = names(0, 40).filter(
            (meter) =>
              told.reduce(
                (sum, { meters }, index) => sum + (meters.includes(meter) ? (weights[index] ?? 1) : 0),
                0,
              ) !== 0,
          );
          expect(seen.length === 0 || seen.length >= CELL_MEMBERS_MIN).toBe(true);
        },
      ),
      { seed: 1, numRuns: 2_000 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(200);
  });
});
