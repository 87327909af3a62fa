import { describe, expect, test } from "vitest";
import { createMeterDecoder } from "../../src/meter/decoder.ts";
import type { MeterDecoder } from "../../src/meter/telegram.ts";
import { encipher } from "../../src/simulator/ciphering.ts";
import { encodeMbusFrames } from "../../src/simulator/mbus-frames.ts";
import { simulateRange } from "../../src/simulator/simulate-range.ts";
import { hdlc } from "../framing/builders.ts";
import { faultsOf, noise, telegramsOf } from "./replay.ts";

const KEY = "36C66639E48A8CA4D6BC8B282A793BBB";
const AUTH_KEY = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF";
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const title = Buffer.from("KFM\u0010\u0020\u0001\u0002\u0003", "latin1");
const fromMs = Date.UTC(2026, 4, 1);
const STEP_MS = 5_000;

const pushes = (count: number, options: object = {}): Uint8Array[] =>
  Array.from(
    simulateRange({ key: KEY, fromMs, toMs: fromMs + count * STEP_MS, stepMs: STEP_MS, ...options }),
    ({ bytes }) => bytes,
  );

const codes = (decoder: MeterDecoder, chunks: readonly Uint8Array[]): string[] =>
  chunks.flatMap((chunk) =>
    decoder.push(chunk, fromMs).map((event) => (event.kind === "fault" ? event.fault.code : event.kind)),
  );

describe("the simulated meter's telegrams decode to what went in", () => {
  test.each([
    ["flat", { dialect: "netz-noe" }],
    ["nested", { dialect: "ksmwest" }],
    ["flat, one phase", { dialect: "netz-noe", phases: 1 }],
    ["nested, one phase", { dialect: "ksmwest", phases: 1 }],
    ["wrapped length", { dialect: "netz-noe", faults: { wrappedLength: true } }],
  ] as const)("%s", (_, options) => {
    const decoder = createMeterDecoder({ key: hex(KEY) });
    // Over the night of the change to winter time, with a PV plant.
    const night = Date.UTC(2026, 9, 24, 22);
    for (const { bytes, values, frameCounter, systemTitle, meterNumber } of simulateRange({
      key: KEY,
      pvKwp: 5,
      fromMs: night,
      toMs: night + 30 * 3_600_000,
      stepMs: 600_000,
      ...options,
    })) {
      const [telegram] = telegramsOf(decoder.push(bytes, 0));
      const registers = Object.fromEntries(
        Object.entries(telegram?.registers ?? {}).map(([code, { value }]) => [code, value]),
      );
      expect(telegram).toMatchObject({ t: values.stampedMs, frameCounter, systemTitle, meter: meterNumber });
      expect(registers).toMatchObject({
        "1-0:1.8.0": values.importWh,
        "1-0:2.8.0": values.exportWh,
        "1-0:1.7.0": values.importW,
        "1-0:2.7.0": values.exportW,
        "1-0:32.7.0": values.voltageV[0],
        "1-0:31.7.0": values.currentA[0],
      });
    }
    expect(decoder.stats).toMatchObject({ telegrams: 180, discardedBytes: 0, badChecksums: 0 });
  });
});

describe("keys", () => {
  test("a wrong key is called so after three telegrams in a row, and says what to do", () => {
    const decoder = createMeterDecoder({ key: hex(AUTH_KEY) });
    const telegrams = pushes(4);
    expect(codes(decoder, telegrams)).toEqual(["malformed", "malformed", "wrong-key", "wrong-key"]);
    expect(decoder.flush()).toEqual([]);
  });

  test("with fewer telegrams the end of the source says so", () => {
    const decoder = createMeterDecoder({ key: hex(AUTH_KEY) });
    expect(codes(decoder, pushes(1))).toEqual(["malformed"]);
    const [fault] = faultsOf(decoder.flush());
    expect(fault).toMatchObject({
      code: "wrong-key",
      sealed: { frameCounter: expect.any(Number) as number },
    });
    expect(fault?.message).toMatch(/compare the key with the operator's/);
  });

  test("a missing key names meter and counter, and says whom to ask", () => {
    const [fault] = faultsOf(createMeterDecoder().push(pushes(1)[0] ?? Buffer.of(), 0));
    expect(fault).toMatchObject({ code: "key-missing", sealed: { securityControl: "21", frames: 2 } });
    expect(fault?.message).toMatch(/ask the grid operator/);
  });

  test("a telegram with a tag is marked as authenticated, or not", () => {
    const telegrams = pushes(1, { authenticationKey: AUTH_KEY });
    const both = createMeterDecoder({ key: hex(KEY), authKey: hex(AUTH_KEY) });
    const one = createMeterDecoder({ key: hex(KEY) });
    expect(telegramsOf(telegrams.flatMap((bytes) => both.push(bytes, 0)))).toMatchObject([
      { authenticated: true },
    ]);
    expect(telegramsOf(telegrams.flatMap((bytes) => one.push(bytes, 0)))).toMatchObject([
      { authenticated: false },
    ]);
  });

  test("a wrong authentication key is told from a wrong key", () => {
    const telegrams = pushes(1, { authenticationKey: AUTH_KEY });
    const decoder = createMeterDecoder({ key: hex(KEY), authKey: hex(KEY) });
    const [fault] = faultsOf(decoder.push(telegrams[0] ?? Buffer.of(), 0));
    expect(fault?.code).toBe("wrong-key");
    expect(fault?.message).toMatch(/wrong authentication key/);
  });

  test("neither faults nor options show a key", () => {
    const decoder = createMeterDecoder({ key: hex(AUTH_KEY), authKey: hex(KEY) });
    const events = [...pushes(4).flatMap((bytes) => decoder.push(bytes, 0)), ...decoder.flush()];
    expect(JSON.stringify([events, decoder]).toUpperCase()).not.toMatch(/36C66639|D0D1D2D3/);
  });
});

describe("frame counters", () => {
  test("count what was missed, and refuse what was seen", () => {
    const decoder = createMeterDecoder({ key: hex(KEY) });
    const telegrams = pushes(10);
    const [first, second, , , , sixth] = telegrams as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(codes(decoder, [first, second, sixth, sixth, first])).toEqual([
      "telegram",
      "telegram",
      "telegram",
      "replayed",
      "replayed",
    ]);
    expect(decoder.stats).toMatchObject({ telegrams: 3, missed: 3 });
  });

  test("of a meter that counts from the start again are refused with words that help", () => {
    const decoder = createMeterDecoder({ key: hex(KEY) });
    const [first, second] = pushes(2) as [Uint8Array, Uint8Array];
    decoder.push(second, 0);
    const [fault] = faultsOf(decoder.push(first, 0));
    expect(fault).toMatchObject({
      code: "replayed",
      message: expect.stringMatching(/restart smp edge then/) as string,
    });
  });

  test("are not moved by a telegram that did not decrypt", () => {
    const decoder = createMeterDecoder({ key: hex(KEY) });
    const [first, second] = pushes(2) as [Uint8Array, Uint8Array];
    const forged = encipher(Buffer.from("noise that is no notification"), {
      systemTitle: title,
      frameCounter: 0xffffffff,
      key: hex(AUTH_KEY),
      securityControl: 0x20,
    });
    expect(codes(decoder, [first, Buffer.concat(encodeMbusFrames(forged)), second])).toEqual([
      "telegram",
      "malformed",
      "telegram",
    ]);
  });

  test("start anew with another meter", () => {
    const decoder = createMeterDecoder({ key: hex(KEY) });
    expect(codes(decoder, [...pushes(2), ...pushes(2, { serial: 7, firstFrameCounter: 1 })])).toEqual([
      "telegram",
      "telegram",
      "telegram",
      "telegram",
    ]);
  });
});

describe("values that a household cannot reach", () => {
  /** A flat list with one counter, power and voltage. */
  const telegram = (frameCounter: number, importWh: number, volts = 230, watts = 0): Uint8Array => {
    const u32 = (value: number): string => value.toString(16).padStart(8, "0");
    const minute = (frameCounter % 60).toString(16).padStart(2, "0");
    const time = `07EA05010509${minute}0000FF8880`;
    const items = `09060100010800FF06${u32(importWh)}02020F00161E09060100010700FF06${u32(watts)}02020F00161B09060100200700FF12${volts.toString(16).padStart(4, "0")}02020F001623090601001F0700FF12000102020F001621`;
    const plain = hex(`0F800000010C${time}020C${items}`);
    return Buffer.concat(
      encodeMbusFrames(
        encipher(plain, { systemTitle: title, frameCounter, key: hex(KEY), securityControl: 0x20 }),
      ),
    );
  };
  const run = (...telegrams: Uint8Array[]): string[] =>
    codes(createMeterDecoder({ key: hex(KEY) }), telegrams);

  test.each([
    ["a counter that falls", telegram(2, 900)],
    ["a counter that jumps", telegram(2, 1000 + 2 ** 24)],
    ["a voltage that no grid has", telegram(2, 1001, 8422)],
    ["a voltage that the house never had", telegram(2, 1001, 102)],
    ["power without current", telegram(2, 1001, 230, 2 ** 20)],
  ])("are dropped once: %s", (_, odd) => {
    expect(run(telegram(1, 1000), odd, telegram(3, 1002))).toEqual(["telegram", "implausible", "telegram"]);
  });

  test.each([
    ["a code", "0100010800FF", "0100010880FF", "1-0:1.8.128"],
    ["a unit", "0F00161E", "0F00161C", "VA"],
    ["a time", "0C07EA0501050902", "0C07EA0501050922", "clocks"],
  ])("%s that is damaged is noticed: the list was another before", (_, from, to, word) => {
    const decoder = createMeterDecoder({ key: hex(KEY) });
    const plain = (frameCounter: number, right = "", wrong = ""): Uint8Array => {
      const time = `07EA050105090${frameCounter}0000FF8880`;
      const list = `020509060000010000FF090C${time}09060100010800FF06000003E802020F00161E`;
      const body = `0F800000010C${time}${list}`.replace(right, wrong);
      const apdu = encipher(hex(body), {
        systemTitle: title,
        frameCounter,
        key: hex(KEY),
        securityControl: 0x20,
      });
      return Buffer.concat(encodeMbusFrames(apdu));
    };
    decoder.push(plain(1), 0);
    const [fault] = faultsOf(decoder.push(plain(2, from, to), 0));
    expect(fault).toMatchObject({ code: "implausible", message: expect.stringContaining(word) as string });
    expect(telegramsOf(decoder.push(plain(3), 0))).toHaveLength(1);
  });

  test("are not seen in meters that send two lists in turn", () => {
    const decoder = createMeterDecoder({ key: hex(KEY) });
    const flat = (frameCounter: number, codes: readonly string[]): Uint8Array => {
      const time = `07EA050105090${frameCounter}0000FF8880`;
      const items = codes.map((code) => `09060100${code}00FF060000000102020F00161E`).join("");
      const count = (codes.length * 3).toString(16).padStart(2, "0");
      const apdu = encipher(hex(`0F800000010C${time}02${count}${items}`), {
        systemTitle: title,
        frameCounter,
        key: hex(KEY),
        securityControl: 0x20,
      });
      return Buffer.concat(encodeMbusFrames(apdu));
    };
    const one = ["0108", "0208", "0308", "0408"];
    const other = ["0508", "0608", "0708", "0808"];
    const seen = [one, other, one, other].flatMap((list, index) =>
      telegramsOf(decoder.push(flat(index + 1, list), 0)),
    );
    expect(seen).toHaveLength(4);
  });

  test("are believed when three in a row agree: the meter has started anew", () => {
    expect(run(telegram(1, 1000), telegram(2, 5), telegram(3, 6), telegram(4, 7), telegram(5, 8))).toEqual([
      "telegram",
      "implausible",
      "implausible",
      "telegram",
      "telegram",
    ]);
  });

  test("are dropped in telegrams without an envelope too: nothing protects these at all", () => {
    // One frame each: its header, its checksum and its stop byte go.
    const bare = (frameCounter: number, importWh: number): Uint8Array =>
      telegram(frameCounter, importWh).subarray(9, -2);
    expect(run(bare(1, 1000), bare(2, 1001), bare(3, 900), bare(4, 1002))).toEqual([
      "telegram",
      "telegram",
      "implausible",
      "telegram",
    ]);
  });

  test("are not believed because others, different ones, came before", () => {
    expect(
      run(telegram(1, 2 ** 20), telegram(2, 500), telegram(3, 400), telegram(4, 300), telegram(5, 200)),
    ).toEqual(["telegram", "implausible", "implausible", "implausible", "implausible"]);
  });
});

describe("a line that is bad", () => {
  test("is called so, and told from silence of the key", () => {
    const [bytes] = pushes(1) as [Uint8Array];
    const damaged = bytes.with(100, (bytes[100] ?? 0) ^ 0x10);
    const decoder = createMeterDecoder({ key: hex(KEY) });
    const events = [...decoder.push(damaged, 0), ...decoder.flush()];
    expect(faultsOf(events).map(({ code }) => code)).toContain("line-quality");
    expect(decoder.stats).toMatchObject({ telegrams: 0, badChecksums: 1 });
  });

  test("that carries only noise is reported a few times, not for every byte", () => {
    const decoder = createMeterDecoder();
    const faults = faultsOf(decoder.push(noise(200_000, 5), 0));
    expect(faults[0]?.message).toMatch(/check baud rate, parity/);
    expect(faults.length).toBeLessThan(15);
  });

  test("loses only what was hit: every other telegram is read", () => {
    const telegrams = pushes(50);
    const hit = new Set([3, 4, 17, 30, 31, 32]);
    const decoder = createMeterDecoder({ key: hex(KEY) });
    const stream = telegrams.map((bytes, index) =>
      hit.has(index) ? Buffer.concat([bytes.subarray(0, 90 + index), bytes.subarray(95 + index)]) : bytes,
    );
    expect(codes(decoder, stream).filter((code) => code === "telegram")).toHaveLength(50 - hit.size);
    expect(decoder.stats.missed).toBe(hit.size);
  });
});

test("a list that no profile knows is unsupported, and says where to read on", () => {
  const unknown = hex("E6E7000F000000010C07EA050105090000FF8000000202110111");
  const [fault] = faultsOf(createMeterDecoder().push(hdlc([...unknown, 0x01]), 0));
  expect(fault).toMatchObject({
    code: "unsupported",
    message: expect.stringMatching(/adding-a-meter/) as string,
  });
});

test.each([
  ["a time zone that does not exist", { timeZone: "Europe/Wien" }, /Europe\/Wien is unknown/],
  ["a profile that does not exist", { profile: "nonsense" }, /use one of .*kaifa-flat/],
  ["a short key", { key: Buffer.of(1, 2, 3) }, /16 bytes/],
  ["a short authentication key", { authKey: Buffer.of(1, 2, 3) }, /16 bytes/],
])("%s is refused at once", (_, options, message) => {
  expect(() => createMeterDecoder(options)).toThrow(message);
});
