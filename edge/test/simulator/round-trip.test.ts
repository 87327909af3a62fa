import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMeterDecoder } from "../../src/meter/decoder.ts";
import type { DecoderEvent, MeterDecoder, Telegram } from "../../src/meter/telegram.ts";
import type { FaultOptions } from "../../src/simulator/faults.ts";
import type { SimulatedMeterOptions } from "../../src/simulator/options.ts";
import { simulateRange } from "../../src/simulator/simulate-range.ts";
import type { SimulatedTelegram } from "../../src/simulator/telegram-encoder.ts";
import { type ChunkBytes, inChunks } from "../../src/transport/pacing.ts";

const key = "000102030405060708090a0b0c0d0e0f";
const fromMs = Date.UTC(2026, 9, 25, 0, 40);
const BYTE_MS = 11_000 / 2400;

type Sent = Omit<SimulatedMeterOptions, "key"> & { count: number; chunkBytes?: ChunkBytes };

/** Carries telegrams to the decoder in their chunks, each at the time when a line of 2400 baud delivers it. */
function carry(
  { count, chunkBytes = 32, ...options }: Sent,
  decoder: MeterDecoder,
): { sent: SimulatedTelegram[]; events: DecoderEvent[] } {
  const span = { key, installedAtMs: fromMs, fromMs, toMs: fromMs + count * 5000, stepMs: 5000 };
  const sent = [...simulateRange({ ...span, ...options })];
  const events: DecoderEvent[] = [];
  for (const telegram of sent) {
    let nowMs = telegram.instantMs + 650;
    for (const { pauseMs, bytes } of telegram.wire.pieces) {
      nowMs += pauseMs;
      for (const chunk of inChunks(bytes, chunkBytes, telegram.instantMs)) {
        nowMs += chunk.length * BYTE_MS;
        events.push(...decoder.push(chunk, nowMs));
      }
    }
  }
  events.push(...decoder.flush());
  return { sent, events };
}

const decoderOf = (options: { authKey?: string } = {}): MeterDecoder =>
  createMeterDecoder({
    key: Buffer.from(key, "hex"),
    ...(options.authKey !== undefined && { authKey: Buffer.from(options.authKey, "hex") }),
  });

const telegramsOf = (events: DecoderEvent[]): Telegram[] =>
  events.flatMap((event) => (event.kind === "telegram" ? [event.telegram] : []));

/** What must come out, written anew from the meter's values. */
function expected(
  { values, frameCounter, systemTitle, meterNumber }: SimulatedTelegram,
  dialect: string,
): Partial<Telegram> {
  const register = (value: number, unit: string): { value: number; unit: string } => ({ value, unit });
  const phase = (index: number, step: number): [string, { value: number; unit: string }][] => [
    [`1-0:${32 + step}.7.0`, register(values.voltageV[index] ?? 0, "V")],
    [`1-0:${31 + step}.7.0`, register(values.currentA[index] ?? 0, "A")],
  ];
  const registers = Object.fromEntries([
    ["1-0:1.8.0", register(values.importWh, "Wh")],
    ["1-0:2.8.0", register(values.exportWh, "Wh")],
    ["1-0:1.7.0", register(values.importW, "W")],
    ["1-0:2.7.0", register(values.exportW, "W")],
    ...values.voltageV.flatMap((_, index) => phase(index, 20 * index)),
    ...(dialect === "netz-noe"
      ? [["1-0:13.7.0", register(values.powerFactor, "")] as const]
      : [
          ["1-0:3.8.0", register(values.importVarh, "varh")] as const,
          ["1-0:4.8.0", register(values.exportVarh, "varh")] as const,
        ]),
  ]);
  return { protocol: "mbus", t: values.stampedMs, frameCounter, systemTitle, meter: meterNumber, registers };
}

describe("what the simulated meter says is what the decoder reads", () => {
  test.each([
    ["netz-noe", 3],
    ["netz-noe", 1],
    ["ksmwest", 3],
    ["ksmwest", 1],
  ] as const)("%s with %d phases, over the night in October, in every chunking", (dialect, phases) => {
    for (const chunkBytes of [1, 32, 256, "random"] as const) {
      const decoder = decoderOf();
      const options = { dialect, phases, pvKwp: 5, chunkBytes, intervalMs: 5000, count: 40 };
      const { sent, events } = carry(options, decoder);
      const telegrams = telegramsOf(events);
      expect(events.filter(({ kind }) => kind === "fault")).toEqual([]);
      expect(telegrams).toHaveLength(40);
      telegrams.forEach((telegram, index) => {
        const source = sent[index];
        expect(telegram).toMatchObject(source ? expected(source, dialect) : {});
      });
      expect(decoder.stats).toMatchObject({ discardedBytes: 0, badChecksums: 0, telegrams: 40, missed: 0 });
    }
  });

  test("with an authentication key", () => {
    const authKey = "f".repeat(32);
    const { sent, events } = carry({ authenticationKey: authKey, count: 5 }, decoderOf({ authKey }));
    expect(telegramsOf(events).map(({ t }) => t)).toEqual(sent.map(({ values }) => values.stampedMs));
  });

  test("the wrapped length, trailing zeros and doubled frames cost no telegram", () => {
    const faults = { wrappedLength: true, trailingZeros: 4, duplicateFrame: 0.5 };
    const { sent, events } = carry({ dialect: "netz-noe", faults, count: 60 }, decoderOf());
    expect(telegramsOf(events).map(({ frameCounter }) => frameCounter)).toEqual(
      sent.map(({ frameCounter }) => frameCounter),
    );
  });

  test("a meter swap goes on under the new title, a key change is called a wrong key", () => {
    const atMs = fromMs + 100_000;
    const swapped = carry({ serial: 1, swap: { atMs, serial: 2 }, count: 40 }, decoderOf());
    expect(new Set(telegramsOf(swapped.events).map(({ meter }) => meter))).toEqual(
      new Set(["1KFM0200000001", "1KFM0200000002"]),
    );
    expect(telegramsOf(swapped.events)).toHaveLength(40);
    const changed = carry({ keyChange: { atMs, key: "a".repeat(32) }, count: 40 }, decoderOf());
    expect(telegramsOf(changed.events)).toHaveLength(20);
    expect(changed.events).toContainEqual(
      expect.objectContaining({ fault: expect.objectContaining({ code: "wrong-key" }) as unknown }),
    );
  });
});

// Rare coincidences need many runs: SMP_RUNS=5000 SEED=7 npx vitest run edge/test/simulator/round-trip
const numRuns = Number(process.env["SMP_RUNS"] ?? 200);
const TEST_MS_MIN = 30_000;
const RUN_MS_MAX = 300;

describe("on a faulty line", () => {
  const probability = fc.constantFrom(0, 0.1, 0.3);
  const faults: fc.Arbitrary<FaultOptions> = fc.record({
    lostBytes: probability,
    stuckBits: probability,
    duplicateFrame: probability,
    pauseBetweenSegments: probability,
    startMidTelegram: fc.boolean(),
    trailingZeros: fc.integer({ min: 0, max: 4 }),
    wrappedLength: fc.boolean(),
  });
  const chunkBytes = fc.constantFrom<ChunkBytes>(1, 32, 256, "random");
  const dialects = fc.constantFrom("netz-noe" as const, "ksmwest" as const);

  const quiet = { lostBytes: 0, stuckBits: 0, duplicateFrame: 0, pauseBetweenSegments: 0, trailingZeros: 0 };
  /** Coincidences that have cost a telegram or let a wrong value out. */
  const examples: [FaultOptions, ChunkBytes, "netz-noe" | "ksmwest", number][] = [
    // The line is joined exactly where the first frame's APDU begins.
    [{ ...quiet, startMidTelegram: true, wrappedLength: true }, 32, "netz-noe", 725_954],
    // The first frame loses the header before its APDU.
    [{ ...quiet, lostBytes: 0.3 }, 32, "netz-noe", 49_613],
    // The wrapped length of a damaged frame ends with the next telegram's first one, and the checksum fits.
    [{ ...quiet, stuckBits: 0.3 }, 32, "ksmwest", 734_313],
  ];

  test(
    "every undamaged telegram is read and no value is wrong",
    () => {
      fc.assert(
        fc.property(
          faults,
          chunkBytes,
          dialects,
          fc.integer({ min: 0, max: 1e6 }),
          (faultOptions, size, dialect, seed) => {
            const { sent, events } = carry(
              { dialect, seed, faults: faultOptions, chunkBytes: size, count: 40 },
              decoderOf(),
            );
            const source = new Map(sent.map((telegram) => [telegram.frameCounter, telegram]));
            const telegrams = telegramsOf(events);
            for (const telegram of telegrams) {
              const truth = source.get(telegram.frameCounter ?? -1);
              expect(telegram).toMatchObject(
                truth ? expected(truth, dialect) : { frameCounter: "of a telegram that was sent" },
              );
            }
            const read = new Set(telegrams.map(({ frameCounter }) => frameCounter));
            const readable = sent.filter(({ wire }) => wire.readable).map(({ frameCounter }) => frameCounter);
            expect(readable.filter((frameCounter) => !read.has(frameCounter))).toEqual([]);
            expect(read.size).toBe(telegrams.length);
          },
        ),
        { numRuns, seed: Number(process.env["SEED"] ?? 1), examples },
      );
    },
    TEST_MS_MIN + numRuns * RUN_MS_MAX,
  );
});
