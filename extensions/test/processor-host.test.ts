import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { NormalisedReading } from "@smp/schemas";
import { openExtensions, readExtensionsConfig, type Extensions, type Rights } from "../src/index.ts";
import { ExtensionFolders } from "./support/extension-folder.ts";
import { fakeStore, reading } from "./support/fake-store.ts";

// What a processor may emit, and under whose name: its manifest and the contract decide, not its code.
const T = Date.UTC(2026, 5, 1);
let folders: ExtensionFolders;
const opened: Extensions[] = [];
beforeAll(async () => {
  folders = await ExtensionFolders.make();
});
afterEach(async () => {
  for (const extensions of opened.splice(0)) await extensions.close();
});
afterAll(() => folders.remove());

let count = 0;
/** A processor that answers each batch with `answer`, an expression over `readings` and `store`. */
async function start(answer: string, rights: Rights = { read: "raw", emit: true, events: true }) {
  const name = `one-${++count}`;
  const folder = await folders.write(
    { name, kind: "processor", rights },
    `export default { async process({ readings }, { store }) { return ${answer}; } }`,
  );
  const extensions = await openExtensions(readExtensionsConfig({ SMP_EXTENSIONS: folder }, folders.dir), {
    limits: { processor: { attemptsMax: 2, attemptPauseMs: 1 } },
  });
  opened.push(extensions);
  const store = fakeStore([reading("house", T, { "x-a": 1 })]);
  const emitted: NormalisedReading[] = [];
  const [processor] = extensions.processors({
    store,
    append: async (readings) => void emitted.push(...readings),
  });
  const failure = (): string | undefined =>
    extensions.list().find(({ manifest }) => manifest.name === name)?.lastFailure?.detail;
  return { name, process: processor!.process, store, emitted, failure, metrics: () => extensions.metrics() };
}
const batch = [reading("house", T, { "1-0:16.7.0": 5 })];

test("a derived reading is one of the extension's own virtual meter", async () => {
  const { process, emitted, name } = await start(
    `{ readings: [{ m: "sum", t: ${T}, r: { "x-w": 5 }, u: { "x-w": "W" } }] }`,
  );
  await process(batch);
  expect(emitted).toEqual([
    {
      meter: `x-${name}.sum`,
      device: `x-${name}`,
      t: T,
      received: expect.any(Number),
      r: { "x-w": 5 },
      u: { "x-w": "W" },
    },
  ]);
});

test("a derived register of the current period is the register itself", async () => {
  const { process, emitted } = await start(
    `{ readings: [{ m: "sum", t: ${T}, r: { "1-0:1.8.0*255": 5, "1-0:16.7.0": 3 } }] }`,
  );
  await process(batch);
  expect(emitted.map(({ r }) => r)).toEqual([{ "1-0:1.8.0": 5, "1-0:16.7.0": 3 }]);
});

describe("nothing of an emission counts", () => {
  test.each([
    [
      "of a reading for a device's meter",
      `{ readings: [{ m: "../house", t: ${T}, r: { "x-a": 1 } }] }`,
      /field "m"/,
    ],
    ["of a reading without meter", `{ readings: [{ t: ${T}, r: { "x-a": 1 } }] }`, /without m or t/],
    ["of a reading without registers", `{ readings: [{ m: "a", t: ${T}, r: {} }] }`, /registers, field "r"/],
    ["of a reading that lies ahead", `{ readings: [{ m: "a", t: 4e12, r: { "x-a": 1 } }] }`, /lies ahead/],
    [
      "of an event with a wild id",
      `{ events: [{ id: "a/../b", type: "a", meter: "house", t: ${T}, title: "A." }] }`,
      /whose id is not/,
    ],
    [
      "of an event with a long title",
      `{ events: [{ id: "a", type: "a", meter: "house", t: ${T}, title: "A".repeat(201) }] }`,
      /title/,
    ],
    [
      "of a counter in parts of a Wh",
      `{ readings: [{ m: "a", t: ${T}, r: { "1-0:1.8.0": 1.5 } }] }`,
      /whole number/,
    ],
    [
      "of a register that stands twice",
      `{ readings: [{ m: "a", t: ${T}, r: { "1-0:1.8.0": 1, "1-0:1.8.0*255": 1 } }] }`,
      /1-0:1.8.0 twice/,
    ],
    [
      "of a register of the current period that cannot be so",
      `{ readings: [{ m: "a", t: ${T}, r: { "1-0:1.8.0*255": -1 } }] }`,
      /1-0:1.8.0, which/,
    ],
    [
      "of a register that cannot be so",
      `{ readings: [{ m: "a", t: ${T}, r: { "1-0:1.8.0": -1 } }] }`,
      /1-0:1.8.0/,
    ],
    ["of too many events", `{ events: Array(1_001).fill({}) }`, /at most 1000 events/],
    ["that is none", `"done"`, /neither nothing nor/],
  ])("%s", async (_what, answer, fault) => {
    const { process, emitted, store, failure, metrics } = await start(answer);
    await process(batch);
    expect([emitted, store.kept()]).toEqual([[], []]);
    expect(failure()).toMatch(fault);
    expect(await metrics()).toMatch(/smp_extension_passed_over_readings_total\{[^}]+\} 1/);
  });

  test("without the right to it", async () => {
    const reading = await start(`{ readings: [{ m: "a", t: ${T}, r: { "x-a": 1 } }] }`, { events: true });
    await reading.process(batch);
    expect([reading.emitted, reading.failure()]).toEqual([
      [],
      expect.stringContaining('lacks the right "emit"'),
    ]);
    const event = await start(`{ events: [{ id: "a", type: "a", meter: "house", t: ${T}, title: "A." }] }`, {
      emit: true,
    });
    await event.process(batch);
    expect([event.store.kept(), event.failure()]).toEqual([
      [],
      expect.stringContaining('lacks the right "events"'),
    ]);
  });
});

describe("the store that a processor asks", () => {
  const asking = (call: string): string =>
    `{ events: [{ id: "a", type: "a", meter: "house", t: ${T}, title: JSON.stringify(await store.${call}).slice(0, 180) }] }`;

  test.each([
    ["meters()", /meter.*house/],
    ['latest(["house"])', /x-a.*value.*1/],
    [`readings({ meter: "house", from: 0, to: ${T + 1} })`, /x-a.*1/],
  ])("answers %s", async (call, answer) => {
    const { process, store } = await start(asking(call));
    await process(batch);
    expect(JSON.stringify(store.kept().map(({ value }) => (value as { title: string }).title))).toMatch(
      answer,
    );
  });

  test.each([
    ["a method that there is not", { read: "raw" as const }, "append", "append is not a function"],
    ["finer detail than its right", { read: "day" as const }, 'latest(["house"])', 'right "read" is "day"'],
    ["anything without the right", {}, "meters()", "may not ask the store"],
    [
      "a range that is none",
      { read: "raw" as const },
      'readings({ meter: "house", from: "a", to: 1 })',
      "whole milliseconds",
    ],
    [
      "more than a query may give",
      { read: "raw" as const },
      'series({ meters: ["house"], from: 0, to: 1e12, resolution: "15m", tz: "UTC", perMeter: true })',
      "more than 40000 buckets",
    ],
  ])("refuses %s", async (_what, rights, call, fault) => {
    const { process, failure } = await start(asking(call.includes("(") ? call : `${call}([])`), {
      ...rights,
      events: true,
    });
    await process(batch);
    expect(failure()).toContain(fault);
  });

  test("asked without end, the process is cut", async () => {
    const { process, failure } = await start("await (async () => { for (;;) await store.meters(); })()");
    await process(batch);
    expect(failure()).toContain("asked too much of the store");
  });
});

test("a reading that a processor cannot take costs itself, and not the others of its batch", async () => {
  const { process, emitted, metrics } = await start(
    `{ readings: readings.map(({ t, r }) => {
        if (r["x-poison"]) throw new Error("I cannot take that");
        return { m: "a", t, r: { "x-a": 1 } };
      }) }`,
  );
  await process(
    Array.from({ length: 500 }, (_, index) =>
      reading("house", T + index, index === 77 ? { "x-poison": 1 } : { "x-a": 1 }),
    ),
  );
  expect(emitted.map(({ t }) => t - T).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 500 }, (_, index) => index).filter((index) => index !== 77),
  );
  expect(await metrics()).toMatch(/passed_over_readings_total\{.*\} 1\n/);
});

test("a processor that takes nothing at all does not hold the stream up for ever", async () => {
  const { process, metrics } = await start(`readings.none.none`);
  await process(Array.from({ length: 500 }, (_, index) => reading("house", T + index, { "x-a": 1 })));
  expect(await metrics()).toMatch(/passed_over_readings_total\{.*\} 500\n/);
  expect(await metrics()).toMatch(/calls_total\{.*result="threw"\} (?:6\d|[1-5]\d)\n/);
});

test("derived readings of processors do not come back to processors", async () => {
  const { process, emitted } = await start(
    `{ readings: readings.map(({ t }) => ({ m: "a", t, r: { "x-a": 1 } })) }`,
  );
  await process([reading("x-other.a", T, { "x-a": 1 })]);
  expect(emitted).toEqual([]);
});

test("a processor's events are kept up to a limit, the newest", async () => {
  const { process, store } = await start(
    `{ events: readings.slice(0, 100).map(({ t }) => ({ id: String(t), type: "a", meter: "house", t, title: "A." })) }`,
  );
  for (let start = 0; start < 1_200; start += 100)
    await process(
      Array.from({ length: 100 }, (_, index) => reading("house", T + start + index, { "x-a": 1 })),
    );
  expect(store.kept().length).toBeLessThanOrEqual(1_100);
  expect(store.kept().at(-1)?.id).toMatch(new RegExp(`/${T + 1_199}$`));
});
