import { createHash } from "node:crypto";
import { PlatformError } from "@smp/schemas";
import { Command, InvalidArgumentError, Option } from "commander";
import type { FaultOptions } from "../simulator/faults.ts";
import type { KaifaDialect } from "../simulator/kaifa-identity.ts";
import type { SimulatedMeterOptions } from "../simulator/options.ts";
import type { ChunkBytes } from "../transport/pacing.ts";
import type { SimulatedTransportOptions } from "../transport/simulated.ts";

/** Everything that `smp simulate` may be told, as commander hands it over. */
export interface SimulateFlags extends FaultOptions {
  port?: string;
  baudRate: number;
  parity: "none" | "even" | "odd";
  listen?: { host: string; port: number };
  file?: string;
  hex?: boolean;
  state?: string;
  dialect: KaifaDialect;
  meterSerial?: number;
  phases: 1 | 3;
  connectedPhases?: 1 | 3;
  seed: number;
  pv: number;
  kwhPerYear?: number;
  interval: number;
  key?: string;
  authKey?: string;
  clockOffset?: number;
  clockDrift?: number;
  doubtfulClock?: boolean;
  swapAt?: number;
  swapSerial?: number;
  keyChangeAt?: number;
  newKey?: string;
  count?: number;
  from?: number;
  to?: number;
  pace?: "real" | "fast";
  chunk?: ChunkBytes;
}

/** The command with all its options, and nothing done. */
export function simulateFlags(): Command {
  return addFaults(addMeter(addOutput(new Command("simulate"))));
}

function addOutput(command: Command): Command {
  return command
    .description(
      "be a Kaifa MA309M smart meter: encrypted M-Bus telegrams to a port, a socket, a file or standard output",
    )
    .option("--port <path>", "write to this serial port or pty (the meter's end)")
    .option("--baud-rate <n>", "of the line", integer(300, 921_600), 2400)
    .addOption(
      new Option("--parity <name>", "of the serial port").choices(["none", "even", "odd"]).default("even"),
    )
    .option("--listen <[host:]port>", "serve raw TCP, as ser2net does", address)
    .option("--file <path>", "write to a file")
    .option("--hex", "hex digits instead of bytes, an empty line between telegrams")
    .option("--count <n>", "end after so many telegrams", integer(1, 1e9))
    .option(
      "--from <time>",
      "first instant, ISO 8601 with zone; makes telegrams as fast as they are taken",
      instant,
    )
    .option("--to <time>", "instant at which to end", instant)
    .addOption(new Option("--pace <name>", "default real, with --from fast").choices(["real", "fast"]))
    .option("--chunk <n|random>", "bytes written at a time", chunk)
    .option("--state <file>", "keep counters here, so that a restarted meter goes on");
}

function addMeter(command: Command): Command {
  return command
    .addOption(
      new Option("--dialect <name>", "netz-noe: flat list; ksmwest: nested (Tyrol, Salzburg, Vorarlberg)")
        .choices(["netz-noe", "ksmwest"])
        .default("ksmwest"),
    )
    .option("--meter-serial <n>", "serial number", integer(1, 9_999_999))
    .option("--phases <1|3>", "1 is the single-phase MA110M", phases, 3)
    .option("--connected-phases <1|3>", "phases in use", phases)
    .option("--key <hex>", "encryption key, 32 hex digits; default: made from the seed")
    .option("--auth-key <hex>", "authentication key; adds a tag to each telegram")
    .option("--seed <n>", "same seed, same telegrams", integer(0, 2 ** 31), 1)
    .option("--pv <kWp>", "peak power of the panels", decimal(0, 100), 0)
    .option("--kwh-per-year <n>", "consumption", decimal(0, 100_000))
    .option("--interval <seconds>", "between two telegrams", integer(1, 86_400), 5)
    .option("--clock-offset <seconds>", "the meter's clock is so much fast", decimal(-86_400, 86_400))
    .option(
      "--clock-drift <seconds>",
      "it gains so much a day, counted from now or --from",
      decimal(-3600, 3600),
    )
    .option("--doubtful-clock", "mark the time as doubtful (status bit 1)")
    .option("--swap-at <time>", "another meter from here on", instant)
    .option("--swap-serial <n>", "its serial number", integer(1, 9_999_999))
    .option("--key-change-at <time>", "another key from here on", instant)
    .option("--new-key <hex>", "that key");
}

function addFaults(command: Command): Command {
  const probability = decimal(0, 1);
  return command
    .option("--lost-bytes <p>", "probability per telegram that up to eight bytes vanish", probability)
    .option("--stuck-bits <p>", "... that high bits stay at 1", probability)
    .option("--duplicate-frame <p>", "... that the first frame comes twice", probability)
    .option(
      "--pause-between-segments <p>",
      "... that more than a second passes between two frames",
      probability,
    )
    .option("--start-mid-telegram", "cut the first telegram")
    .option("--trailing-zeros <n>", "bytes 00 after each telegram", integer(0, 255))
    .option("--wrapped-length", "68 01 01 68, as older Sagemcom firmware");
}

/** What the flags mean for the simulated meter and its line. */
export function transportOptions(flags: SimulateFlags, nowMs: number): SimulatedTransportOptions {
  const { clockOffset, clockDrift, seed, pv: pvKwp, dialect, phases: phaseCount } = flags;
  return {
    key: flags.key ?? keyOfSeed(seed),
    dialect,
    phases: phaseCount,
    seed,
    pvKwp,
    intervalMs: flags.interval * 1000,
    baudRate: flags.baudRate,
    pace: flags.pace ?? (flags.from === undefined ? "real" : "fast"),
    faults: faultsOf(flags),
    meterClock: {
      offsetMs: (clockOffset ?? 0) * 1000,
      driftMsPerDay: (clockDrift ?? 0) * 1000,
      sinceMs: flags.from ?? nowMs,
    },
    clockDoubtful: flags.doubtfulClock ?? false,
    ...defined({
      authenticationKey: flags.authKey,
      serial: flags.meterSerial,
      connectedPhases: flags.connectedPhases,
      kwhPerYear: flags.kwhPerYear,
      count: flags.count,
      fromMs: flags.from,
      toMs: flags.to,
      chunkBytes: flags.chunk,
      swap: pairOf("--swap-at", flags.swapAt, "--swap-serial", flags.swapSerial, (atMs, serial) => ({
        atMs,
        serial,
      })),
      keyChange: pairOf("--key-change-at", flags.keyChangeAt, "--new-key", flags.newKey, (atMs, key) => ({
        atMs,
        key,
      })),
    }),
  };
}

/** A key that is the same on every run, so that a reader need not be told again. */
export function keyOfSeed(seed: number): string {
  return createHash("sha256").update(`simulated meter ${seed}`).digest("hex").slice(0, 32);
}

function faultsOf(flags: SimulateFlags): FaultOptions {
  const { lostBytes, stuckBits, duplicateFrame, pauseBetweenSegments } = flags;
  const { startMidTelegram, trailingZeros, wrappedLength } = flags;
  return defined({
    lostBytes,
    stuckBits,
    duplicateFrame,
    pauseBetweenSegments,
    startMidTelegram,
    trailingZeros,
    wrappedLength,
  });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function pairOf<
  A,
  B,
  T extends NonNullable<SimulatedMeterOptions["swap"] | SimulatedMeterOptions["keyChange"]>,
>(nameA: string, a: A | undefined, nameB: string, b: B | undefined, join: (a: A, b: B) => T): T | undefined {
  if (a !== undefined && b !== undefined) return join(a, b);
  if (a === undefined && b === undefined) return undefined;
  throw new PlatformError(
    "config",
    `${a === undefined ? nameB : nameA} needs ${a === undefined ? nameA : nameB} too`,
  );
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max || text.trim() === "")
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

function decimal(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= min && value <= max) || text.trim() === "")
      throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
    return value;
  };
}

function phases(text: string): 1 | 3 {
  if (text === "1" || text === "3") return text === "1" ? 1 : 3;
  throw new InvalidArgumentError("It must be 1 or 3.");
}

function chunk(text: string): ChunkBytes {
  return text === "random" ? text : integer(1, 65_536)(text);
}

/** A time without a zone would mean something else on another computer. */
function instant(text: string): number {
  const value = /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(value)) throw new InvalidArgumentError("It must be like 2026-03-29T01:00:00Z or …+01:00.");
  return value;
}

function address(text: string): { host: string; port: number } {
  const { host = "127.0.0.1", port = "" } = /^(?:(?<host>.+):)?(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  return { host, port: integer(0, 65_535)(port) };
}
