import { Encoder } from "cbor-x";
import { PlatformError, type DecodeForeign } from "@smp/schemas";
import { pino } from "pino";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { ConnectionLimits } from "../../src/checks/connection-limits.ts";
import { Arrivals } from "../../src/ingest/arrivals.ts";
import { createIngest, type ClosableIngest } from "../../src/ingest/ingest.ts";
import { fakeLog } from "../fake-log.ts";

const RECEIVED = 1_780_000_000_500;
const cbor = new Encoder({ useRecords: false });
const message = (payload: Uint8Array | string, topic = "sm/v1/m7/reading") => ({
  device: "m7",
  topic,
  payload: typeof payload === "string" ? Buffer.from(payload) : payload,
  received: RECEIVED,
});
const json = (value: unknown, topic?: string) => message(JSON.stringify(value), topic);

const opened: ClosableIngest[] = [];
afterEach(async () => {
  for (const ingest of opened.splice(0)) await ingest.close();
});
function setUp(options: Partial<Parameters<typeof createIngest>[0]> = {}): {
  ingest: ClosableIngest;
  log: ReturnType<typeof fakeLog>;
} {
  const log = fakeLog();
  const ingest = createIngest({ log, ...options });
  opened.push(ingest);
  return { ingest, log };
}

/** The code and the sentence of a message that is rejected whole. */
async function rejection(
  payload: Uint8Array | string,
  topic?: string,
): Promise<{ code: string | undefined; detail: string }> {
  const { rejected, accepted } = await setUp().ingest.take(message(payload, topic));
  expect(accepted).toEqual([]);
  expect(rejected).toHaveLength(1);
  return { code: rejected[0]?.code, detail: rejected[0]?.detail ?? "" };
}

describe("a rejection tells the maker what to mend", () => {
  test.each([
    ["an empty message", "", "empty-payload", /no bytes: send a reading/],
    ["too many bytes", `[${" ".repeat(20_000)}]`, "too-large", /20002 bytes, but at most 16384/],
    ["a bare number", "413", "unknown-encoding", /first byte is 0x34/],
    ["JSON that breaks off", '{"v":1', "invalid-json", /does not parse: .+position|end of JSON/],
    [
      "a key that stands twice",
      '{"v":1,"r":{"x-a":1,"x\\u002da":2}}',
      "invalid-json",
      /key "x-a" stands twice/,
    ],
    ["a key with a meaning", '{"v":1,"r":{"__proto__":1}}', "invalid-json", /"__proto__" is not allowed/],
    ["deep JSON", `${"[".repeat(8_000)}${"]".repeat(8_000)}`, "invalid-json", /deeper than 4/],
    ["a quantity without OBIS code", '{"v":1,"r":{"power":1}}', "schema", /key "power".*OBIS code/],
    ["a value out of range", '{"v":1,"r":{"1-0:32.7.0":1e999}}', "schema", /1-0:32\.7\.0.* must be a number/],
    [
      "seconds instead of milliseconds",
      '{"v":1,"t":1780000000,"r":{"x-a":1}}',
      "time-past",
      /looks like seconds: .*1780000000000/,
    ],
    [
      "a year of 2055",
      '{"v":1,"t":2687990399000,"r":{"x-a":1}}',
      "time-future",
      /minutes ahead of the platform's clock/,
    ],
    [
      "microseconds instead of milliseconds",
      '{"v":1,"t":1780000000000123,"r":{"x-a":1}}',
      "time-future",
      /looks like microseconds: .*1780000000000\.$/,
    ],
    [
      "a time as text",
      '{"v":1,"t":"2026-05-28","r":{"x-a":1}}',
      "schema",
      /"t" must be Unix milliseconds UTC/,
    ],
    ["the version as text", '{"v":"1","r":{"x-a":1}}', "schema", /"v" must be the number 1\./],
    ["a name of the API", '{"v":1,"r":{"power_w":1}}', "schema", /register is called "1-0:16\.7\.0"/],
    ["a short code", '{"v":1,"r":{"1.8.0":1}}', "schema", /"1\.8\.0", but .* called "1-0:1\.8\.0"/],
    ["a code of six groups", '{"v":1,"r":{"1-0:1.8.0.255":1}}', "schema", /called "1-0:1\.8\.0"/],
    [
      "a unit of a code",
      '{"v":1,"r":{"1-0:1.8.0":1},"u":{"1-0:1.8.0":"kWh"}}',
      "schema",
      /units of OBIS codes are fixed/,
    ],
    ["the end of time", '{"v":1,"t":9007199254740991,"r":{"x-a":1}}', "time-future", /\+275760/],
    ["kWh in a counter", '{"v":1,"r":{"1-0:1.8.0":12.345}}', "impossible-value", /12345 Wh/],
    [
      "a voltage times ten",
      '{"v":1,"r":{"1-0:32.7.0":2304}}',
      "impossible-value",
      /2304 V, but can only be from 0 to 1000 V/,
    ],
    ["a register twice", '{"v":1,"r":{"1-0:1.8.0":1,"1-0:1.8.0*255":2}}', "schema", /1-0:1.8.0 stands twice/],
  ])("%s", async (_, payload, code, detail) => {
    const rejected = await rejection(payload);
    expect(rejected.code).toBe(code);
    expect(rejected.detail).toMatch(detail);
  });

  test.each([
    [
      "cbor-x records",
      new Encoder({ useRecords: true }).encode({ v: 1, r: { "x-a": 1 } }),
      "cbor-tag",
      /useRecords: false/,
    ],
    [
      "a date",
      cbor.encode({ v: 1, t: new Date(), r: { "x-a": 1 } }),
      "cbor-tag",
      /plain integer, Unix milliseconds/,
    ],
    ["a bignum", cbor.encode({ v: 1, r: { "x-a": 2n ** 70n } }), "cbor-tag", /not as bignum/],
    [
      "a single float",
      Buffer.from("a26176016172a163782d61fa43668000", "hex"),
      "schema",
      /"x-a" is a half- or single-precision float.*Arduino/,
    ],
    ["a byte string", Buffer.from("a2617601616d4161", "hex"), "schema", /"m" is a byte string/],
    ["an indefinite length", Buffer.from("a161769f01ff", "hex"), "invalid-cbor", /indefinite length/],
  ])("%s in CBOR", async (_, payload, code, detail) => {
    const rejected = await rejection(payload);
    expect(rejected.code).toBe(code);
    expect(rejected.detail).toMatch(detail);
  });
});

test("more than may wait for the log is turned away, to be sent again", async () => {
  const log = fakeLog(false);
  const { ingest } = setUp({ log, batching: { queueBytesMax: 500 } });
  const first = ingest.take(json({ v: 1, r: { "x-a": 1 } }));
  await expect.poll(() => log.pending.length).toBe(1);
  const waiting = [1, 2].map(() => ingest.take(json({ v: 1, r: { "x-a": 1 } })));
  await expect(ingest.take(json({ v: 1, r: { "x-a": 1 } }))).rejects.toMatchObject({ code: "overload" });
  log.pending[0]?.settle();
  await expect.poll(() => log.pending.length).toBe(2);
  log.pending[1]?.settle();
  await Promise.all([first, ...waiting]);
});

describe("a limit is where the contract says, to the last one", () => {
  const r = { "x-a": 1 };
  const readings = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({ v: 1, r })));
  const padded = (bytes: number): string => JSON.stringify({ v: 1, r }).padEnd(bytes, " ");
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { "x-a": nested(depth - 1) });
  const info = (bytes: number): string => `{"model":"${"m".repeat(bytes - 12)}"}`;
  const reading = (value: object): string => JSON.stringify({ v: 1, r, ...value });
  test.each([
    ["the time ahead", reading({ t: RECEIVED + 600_000 }), reading({ t: RECEIVED + 600_001 }), "time-future"],
    ["the oldest time", reading({ t: 1_577_836_800_000 }), reading({ t: 1_577_836_799_999 }), "time-past"],
    ["bytes", padded(16_384), padded(16_385), "too-large"],
    ["readings", readings(500), readings(501), "schema"],
    [
      "the least of a register",
      reading({ r: { "1-0:32.7.0": 0 } }),
      reading({ r: { "1-0:32.7.0": -1 } }),
      "impossible-value",
    ],
    [
      "the most of a register, by its longer code",
      reading({ r: { "1-0:32.7.0*255": 1_000 } }),
      reading({ r: { "1-0:32.7.0*255": 1_001 } }),
      "impossible-value",
    ],
    [
      "whole varh",
      reading({ r: { "1-0:3.8.0": 7 } }),
      reading({ r: { "1-0:3.8.0": 7.5 } }),
      "impossible-value",
    ],
  ])("of %s", async (_, last, first, code) => {
    expect((await setUp().ingest.take(message(last))).rejected).toEqual([]);
    expect((await rejection(first)).code).toBe(code);
  });

  test("of a device's info", async () => {
    const topic = "sm/v1/m7/info";
    expect((await setUp().ingest.take(message(info(4_096), topic))).rejected).toEqual([]);
    expect((await rejection(info(4_097), topic)).code).toBe("too-large");
    for (const other of ["null", "[]", "7"]) expect((await rejection(other, topic)).code).toBe("schema");
  });

  test("of the nesting and of a key in CBOR", async () => {
    expect((await rejection(cbor.encode(nested(4)))).code).toBe("schema");
    expect((await rejection(cbor.encode(nested(5)))).code).toBe("invalid-cbor");
    const key = (bytes: number) => cbor.encode({ v: 1, r: { [`x-${"a".repeat(bytes - 2)}`]: 1 } });
    expect((await rejection(key(128))).code).toBe("schema");
    expect((await rejection(key(129))).code).toBe("invalid-cbor");
  });
});

test("JSON whose bytes are no UTF-8 is refused, and no letter of it is made up", async () => {
  const payload = Buffer.from('{"v":1,"r":{"x-a":1},"u":{"x-a":"?"}}');
  payload[payload.indexOf("?")] = 0xff;
  expect((await rejection(payload)).detail).toMatch(/not in UTF-8/);
});

describe("a batch", () => {
  test.each([
    ["JSON", (value: unknown) => Buffer.from(JSON.stringify(value))],
    ["CBOR", (value: unknown) => cbor.encode(value)],
  ])("in %s loses only its bad readings, each with its own bytes", async (_, encode) => {
    const good = { v: 1, t: RECEIVED, s: 1, r: { "x-a": 1 } };
    const bad = { v: 1, t: RECEIVED, s: 2, r: { power: 1 } };
    const late = { v: 1, t: 5, s: 3, r: { "x-a": 1.5 } };
    const { ingest, log } = setUp();
    const { accepted, rejected } = await ingest.take(message(encode([good, bad, { ...good, s: 4 }, late])));
    expect(accepted.map(({ s }) => s)).toEqual([1, 4]);
    expect(rejected.map(({ code, index }) => ({ code, index }))).toEqual([
      { code: "schema", index: 1 },
      { code: "time-past", index: 3 },
    ]);
    expect(rejected.map(({ payload }) => payload)).toEqual(
      [bad, late].map((value) => encode(value).toString("base64")),
    );
    expect(log.batches).toEqual([{ readings: accepted, rejected, statuses: [] }]);
  });

  test("of one single-precision float loses that reading only", async () => {
    const good = cbor.encode({ v: 1, r: { "x-a": 1 } });
    const bad = Buffer.from("a26176016172a163782d61fa43668000", "hex");
    const { accepted, rejected } = await setUp().ingest.take(
      message(Buffer.concat([Buffer.from([0x82]), bad, good])),
    );
    expect([accepted.length, rejected.map(({ index }) => index)]).toEqual([1, [0]]);
  });
});

describe("identity", () => {
  test("is the certificate's, whatever the payload says", async () => {
    const { ingest } = setUp();
    const { accepted } = await ingest.take(json({ v: 1, m: "1KFM", r: { "x-a": 1 } }));
    expect(accepted[0]).toMatchObject({ device: "m7", meter: "m7.1KFM" });
    expect((await rejection('{"v":1,"m":"../m8","r":{"x-a":1}}')).code).toBe("schema");
    expect((await rejection('{"v":1,"device":"m8","r":{"x-a":1}}')).code).toBe("schema");
  });
});

describe("presence and description", () => {
  test("go to the log in the order in which they came", async () => {
    const { ingest, log } = setUp();
    await Promise.all([
      ingest.take(message("online", "sm/v1/m7/status")),
      ingest.take(json({ model: "MA309M" }, "sm/v1/m7/info")),
      ingest.take(message("offline", "sm/v1/m7/status")),
    ]);
    expect(log.batches.flatMap(({ statuses }) => statuses)).toEqual([
      { device: "m7", kind: "status", value: "online", received: RECEIVED },
      { device: "m7", kind: "info", value: { model: "MA309M" }, received: RECEIVED },
      { device: "m7", kind: "status", value: "offline", received: RECEIVED },
    ]);
  });

  test.each([
    ["status", "on", "schema"],
    ["info", "hello", "invalid-json"],
    ["info", "[1]", "schema"],
    ["info", `{"model":"${"x".repeat(5_000)}"}`, "too-large"],
    ["raw/tele", "x", "no-input"],
  ])("%s %j is rejected", async (topic, payload, code) => {
    expect((await rejection(payload, `sm/v1/m7/${topic}`)).code).toBe(code);
  });
});

describe("a vendor payload", () => {
  test("of hundreds of readings that are all wrong is kept once, not hundreds of times", async () => {
    const wrong = Array.from({ length: 500 }, (_, index) => ({ v: 1, t: index, r: { "1-0:1.8.0": 1 } }));
    const { ingest, log } = setUp({ decodeForeign: async () => ({ readings: wrong }) });
    const payload = Buffer.alloc(60_000, 0x20);
    const { rejected } = await ingest.take(message(payload, "sm/v1/m7/raw/senml"));
    expect(rejected.map(({ code, index }) => [code, index])).toEqual(
      wrong.map((_, index) => ["time-past", index]),
    );
    expect(rejected[0]?.payload).toBe(payload.toString("base64"));
    expect(JSON.stringify(log.batches).length).toBeLessThan(500_000);
  });

  const echo: DecodeForeign = async ({ path, payload }) => ({
    readings: [{ v: 1, r: { [`x-${path}`]: payload.length } }],
  });

  test("becomes a reading by the device's input extension", async () => {
    const { accepted } = await setUp({ decodeForeign: echo }).ingest.take(
      message("abc", "sm/v1/m7/raw/tele"),
    );
    expect(accepted[0]?.r).toEqual({ "x-tele": 3 });
  });

  test("that carries no reading is acknowledged, and leaves nothing", async () => {
    const { ingest, log } = setUp({ decodeForeign: async () => ({ readings: [] }) });
    expect(await ingest.take(message("Online", "sm/v1/m7/raw/LWT"))).toEqual({ accepted: [], rejected: [] });
    expect(log.batches).toEqual([]);
  });

  test("that its input cannot read is rejected with the input's words and the original bytes", async () => {
    const { ingest, log } = setUp({
      decodeForeign: async () => ({ code: "input-fault", fault: "checksum 12 is not 34" }),
    });
    const { rejected } = await ingest.take(message("abc", "sm/v1/m7/raw/tele"));
    expect(rejected).toMatchObject([
      { code: "input-fault", detail: "checksum 12 is not 34", payload: "YWJj" },
    ]);
    expect(log.batches.flatMap((batch) => batch.rejected)).toEqual(rejected);
  });

  test("of a fleet with one fault fills no disk: ten lines a second tell of it, and how many more there were", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const lines: Record<string, unknown>[] = [];
    const logger = pino(
      { level: "info" },
      { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    );
    const { ingest, log } = setUp({ logger });
    await Promise.all(Array.from({ length: 100 }, () => ingest.take(json({ v: 1, r: {} }))));
    expect(lines).toHaveLength(10);
    vi.advanceTimersByTime(1_000);
    await ingest.take(json({ v: 1, r: {} }));
    expect(lines.at(-1)).toMatchObject({ msg: "message rejected", code: "schema", unlogged: 90 });
    expect(log.batches.flatMap(({ rejected }) => rejected)).toHaveLength(101);
  });

  test("of which one reading is bad costs only that reading", async () => {
    const { ingest } = setUp({
      decodeForeign: async () => ({
        readings: [
          { v: 1, r: { "x-a": 1 } },
          { v: 1, r: { "1-0:1.8.0": -1 } },
        ],
      }),
    });
    const { accepted, rejected } = await ingest.take(message("abc", "sm/v1/m7/raw/tele"));
    expect([accepted.length, rejected[0]?.index, rejected[0]?.code]).toEqual([1, 1, "impossible-value"]);
  });

  test("keeps its device's order, and does not hold up the others", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { ingest, log } = setUp({
      decodeForeign: async (payload) => {
        await held;
        return await echo(payload);
      },
    });
    const slow = ingest.take(message("abc", "sm/v1/m7/raw/first"));
    const behind = ingest.take(json({ v: 1, r: { "x-second": 1 } }));
    const other = { ...json({ v: 1, r: { "x-other": 1 } }, "sm/v1/m8/reading"), device: "m8" };
    await ingest.take(other);
    release();
    await Promise.all([slow, behind]);
    const kept = log.batches.flatMap(({ readings }) => readings).flatMap(({ r }) => Object.keys(r));
    expect(kept).toEqual(["x-other", "x-first", "x-second"]);
  });

  test("is kept behind the one before it of its device also when another one of it has just ended", async () => {
    const release: (() => void)[] = [];
    const { ingest, log } = setUp({
      decodeForeign: async (payload) => {
        await new Promise<void>((resolve) => release.push(resolve));
        return await echo(payload);
      },
    });
    const first = ingest.take(message("abc", "sm/v1/m7/raw/first"));
    const second = ingest.take(message("abc", "sm/v1/m7/raw/second"));
    await expect.poll(() => release.length).toBe(1);
    release[0]?.();
    await first;
    const third = ingest.take(json({ v: 1, r: { "x-third": 1 } }));
    await expect.poll(() => release.length).toBe(2);
    release[1]?.();
    await Promise.all([second, third]);
    expect(log.batches.flatMap(({ readings }) => readings).flatMap(({ r }) => Object.keys(r))).toEqual([
      "x-first",
      "x-second",
      "x-third",
    ]);
  });

  test("waits for its input with 16 MiB of others at most, and there is room again when they are done", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { ingest } = setUp({ decodeForeign: () => held.then(() => ({ readings: [] })) });
    const large = { ...message(Buffer.alloc(16 * 2 ** 20 - 1), "sm/v1/m7/raw/tele") };
    for (let round = 0; round < 2; round++) {
      const waiting = [ingest.take(large), ingest.take(message("a", "sm/v1/m7/raw/tele"))];
      await expect(ingest.take(message("a", "sm/v1/m7/raw/tele"))).rejects.toMatchObject({
        code: "overload",
      });
      release();
      await Promise.all(waiting);
    }
  });

  test("is not acknowledged when too many wait: the device sends it again", async () => {
    const busy = new PlatformError("extension-busy", "too many wait", { retryable: true });
    const { ingest, log } = setUp({ decodeForeign: () => Promise.reject(busy) });
    await expect(ingest.take(message("abc", "sm/v1/m7/raw/tele"))).rejects.toThrow("too many wait");
    expect(log.batches).toEqual([]);
    // The lane is free again.
    expect((await ingest.take(json({ v: 1, r: { "x-a": 1 } }))).accepted).toHaveLength(1);
  });
});

test("no device speaks for an extension", async () => {
  const { ingest } = setUp();
  for (const topic of ["reading", "raw/a"]) {
    const forged = { ...json({ v: 1, r: { "x-a": 1 } }, `sm/v1/x-shares/${topic}`), device: "x-shares" };
    expect((await ingest.take(forged)).rejected[0]?.detail).toMatch(
      /kept for readings that extensions derive/,
    );
  }
});

describe("in sight of the readings before", () => {
  const counter = (t: number, wh: number, more: object = {}) =>
    json({ v: 1, t: RECEIVED - 100_000 + t, r: { "1-0:1.8.0": wh }, ...more });
  const figures = async ({ metrics }: ClosableIngest): Promise<Record<string, number>> =>
    Object.fromEntries(
      [...(await metrics.metrics()).matchAll(/^smp_ingest_(\w+) (\d+)$/gm)].map(([, name = "", value]) => [
        name,
        Number(value),
      ]),
    );

  test("N59: a counter lower than the last, or beyond what can pass, is stored with a mark and counted", async () => {
    const { ingest, log } = setUp();
    for (const [t, wh] of [
      [1, 1e7],
      [2, 5],
      [3, 1e7 + 1],
      [4, 9e9],
    ] as const)
      expect((await ingest.take(counter(t, wh))).rejected).toEqual([]);
    expect(log.batches.flatMap(({ readings }) => readings.map(({ quality }) => quality))).toEqual([
      undefined,
      ["suspect"],
      undefined,
      ["suspect"],
    ]);
    expect(await figures(ingest)).toMatchObject({ suspect_total: 2, confirmed_total: 0 });
  });

  test("the device hears of its own readings only, also when earlier ones go to the log once more", async () => {
    const { ingest, log } = setUp();
    for (const [t, wh] of [1e7, 5, 6, 7].entries()) await ingest.take(counter(t, wh));
    const { accepted } = await ingest.take(counter(4, 8));
    expect(accepted).toHaveLength(1);
    expect(log.batches.at(-1)?.readings.map(({ r, quality }) => [r["1-0:1.8.0"], quality])).toEqual([
      [5, undefined],
      [6, undefined],
      [7, undefined],
      [8, undefined],
    ]);
    expect(await figures(ingest)).toMatchObject({ suspect_total: 3, confirmed_total: 1 });
  });

  test("N48: the same meter and time with other content is taken, the last one wins, and it is counted", async () => {
    const { ingest, log } = setUp();
    for (const wh of [1e7, 1e7, 1e7 + 1]) await ingest.take(counter(1, wh));
    expect(log.batches.flatMap(({ readings }) => readings)).toHaveLength(3);
    expect(await figures(ingest)).toMatchObject({ replaced_total: 1, suspect_total: 0 });
  });

  test("a hole in a device's sequence numbers is counted until it is filled", async () => {
    const { ingest } = setUp();
    for (const [t, s] of [1, 2, 5].entries()) await ingest.take(counter(t, 1e7, { s }));
    expect(await figures(ingest)).toMatchObject({ sequence_gaps_total: 1, missing_readings: 2 });
    for (const s of [3, 4]) await ingest.take(counter(s, 1e7, { s }));
    expect(await figures(ingest)).toMatchObject({ sequence_gaps_total: 1, missing_readings: 0 });
    // What it sent elsewhere meanwhile is not missing here.
    ingest.left("m7");
    await ingest.take(counter(9, 1e7, { s: 9 }));
    expect(await figures(ingest)).toMatchObject({ sequence_gaps_total: 1, missing_readings: 0 });
  });

  test("what the store holds counts, unless that is suspect itself, and a deleted meter's does no more", async () => {
    const registers = { "1-0:1.8.0": { value: 1e7, t: RECEIVED - 200_000 } };
    for (const [quality, forgotten, expected] of [
      [undefined, false, 1],
      [["suspect"] as const, false, 0],
      [undefined, true, 0],
    ] as const) {
      const latest = [{ meter: "m7", registers, received: 1, ...(quality && { quality: [...quality] }) }];
      const { ingest } = setUp({ latest });
      if (forgotten) ingest.forget("m7", 0);
      await ingest.take(counter(1, 5));
      expect(await figures(ingest)).toMatchObject({ suspect_total: expected });
    }
  });

  test("power beyond the limit that somebody set for the meter's connection is impossible", async () => {
    const limits = new ConnectionLimits();
    limits.replace([{ id: "m7", value: { connectionLimitW: 4_000 } }]);
    const { ingest } = setUp({ limits });
    const power = async (w: number): Promise<string | undefined> =>
      (await ingest.take(json({ v: 1, r: { "1-0:16.7.0": w } }))).rejected[0]?.detail;
    expect(await power(6_000)).toBeUndefined();
    expect(await power(-6_001)).toMatch(/1-0:16\.7\.0 is -6001 W, but .* allows 4000 W/);
    for (const code of ["1-0:1.7.0", "1-0:2.7.0", "1-0:2.7.0*255"])
      expect((await ingest.take(json({ v: 1, r: { [code]: 6_001 } }))).rejected).toHaveLength(1);
  });
});

describe("a clock that is set back", () => {
  const taken = async (options: Parameters<typeof setUp>[0], ...arrivals: number[]) => {
    const { ingest, log } = setUp(options);
    for (const received of arrivals)
      await ingest.take({ ...json({ v: 1, r: { "x-a": 1 } }), received: RECEIVED + received });
    return log.batches.flatMap(({ readings }) =>
      readings.map(({ t, received }) => [t - RECEIVED, received - RECEIVED]),
    );
  };

  test("makes no arrival earlier than one before, so that a copy by updated_since misses nothing", async () => {
    // The time of a reading without one is the clock's all the same: each has its own.
    expect(await taken({}, 0, -300_000, -299_000, 1)).toEqual([
      [0, 0],
      [-300_000, 0],
      [-299_000, 0],
      [1, 1],
    ]);
  });

  test("nor than those that are stored, across a restart", async () => {
    const latest = [{ meter: "m7", registers: {}, received: RECEIVED }];
    expect(await taken({ latest }, -1_000)).toEqual([[-1_000, 0]]);
  });

  test.each([
    ["five minutes", 300_000],
    ["all that readings may be", 600_000],
    ["a year", 366 * 86_400_000],
  ])(
    "hides nothing of a meter that it deleted when it was ahead by %s, and moves no other one",
    async (_, aheadMs) => {
      const last = RECEIVED + aheadMs;
      const ingest = setUp();
      await ingest.ingest.take({ ...json({ v: 1, r: { "x-a": 1 } }), received: last });
      ingest.ingest.forget("m7", last);
      // Also across a restart, where the store knows of it.
      const deleted = [{ meter: "m7", before: last + 1 }];
      const logger = pino({ level: "silent" });
      const restarted = setUp({
        arrivals: new Arrivals([{ meter: "m7", received: last + 1 }], logger, deleted),
      });
      for (const { ingest: one, log } of [ingest, restarted]) {
        log.batches.length = 0;
        await one.take(json({ v: 1, r: { "x-a": 1 } }));
        await one.take({ ...json({ v: 1, r: { "x-a": 1 } }, "sm/v1/m8/reading"), device: "m8" });
        const [own, other] = log.batches.flatMap(({ readings }) => readings);
        expect(own?.received).toBe(last + 1);
        // What was moved behind the deletion tells a start nothing of the clock.
        expect((other?.received ?? 0) - RECEIVED).toBeLessThanOrEqual(one === restarted.ingest ? 0 : 600_000);
      }
    },
  );

  test("knows the latest deletion of each meter, and of 100,000 meters the newest", () => {
    const arrivals = new Arrivals([], pino({ level: "silent" }));
    for (const [meter, before] of [
      ["a", 900],
      ["b", 900],
      ["a", 100],
    ] as const)
      arrivals.deleted(meter, before);
    for (let other = 0; other < 99_999; other++) arrivals.deleted(`m${other}`, 1);
    const readings = ["a", "b"].map((meter) => ({ meter, received: 5 }));
    arrivals.take(readings);
    expect(readings.map(({ received }) => received)).toEqual([900, 5]);
  });

  test("by more than readings may be ahead counts by its present time, and is told", async () => {
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    expect(await taken({ logger }, 0, -3_600_000, -3_599_000)).toEqual([
      [0, 0],
      [-3_600_000, -3_600_000],
      [-3_599_000, -3_599_000],
    ]);
    expect(lines.filter((line) => line.includes("clock was set back"))).toHaveLength(1);
  });
});
