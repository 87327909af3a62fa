import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { messageOf, PlatformError } from "@smp/schemas";
import type { Command } from "commander";
import { simulateFlags, type SimulateFlags, transportOptions } from "./simulate-flags.ts";
import type { SimulatorState } from "../simulator/options.ts";
import { fileOutput, type Output, serialOutput, streamOutput, tcpOutput } from "../transport/outputs.ts";
import { simulatedTransport } from "../transport/simulated.ts";

/** Where the command writes to; standard streams unless told otherwise. */
export interface SimulateStreams {
  output: Writable;
  messages: { write(text: string): unknown };
  /** Ends the meter; SIGINT and SIGTERM do so anyhow. */
  signal?: AbortSignal;
}

/** The state is kept in every so many telegrams; an older one is safe, see `simulatedMeter`. */
const TELEGRAMS_PER_SAVE = 12;

const EXAMPLES = `
Examples:
  smp simulate --listen 2001 --pv 5                  a house with panels; read it with tcp://127.0.0.1:2001
  smp simulate --port /dev/ttyUSB1 --dialect netz-noe --lost-bytes 0.05
  smp simulate --from 2026-10-25T00:00:00Z --to 2026-10-25T02:00:00Z --interval 900 --hex
  smp simulate --from 2025-01-01T00:00:00Z --to 2026-01-01T00:00:00Z --interval 900 --file year.bin
The key stands on standard error; smp decode --key KEY FILE reads the telegrams.
`;

/** `smp simulate`: a Kaifa smart meter without hardware. */
export function simulateCommand(
  streams: SimulateStreams = { output: process.stdout, messages: process.stderr },
): Command {
  return simulateFlags()
    .addHelpText("after", EXAMPLES)
    .action((flags: SimulateFlags) => simulate(flags, streams));
}

async function simulate(flags: SimulateFlags, streams: SimulateStreams): Promise<void> {
  const record = new Recorder(flags.state);
  const state = flags.state === undefined ? undefined : readState(flags.state);
  const options = { ...transportOptions(flags, Date.now()), ...(state && { state }) };
  // A meter that cannot be is refused here, before anything is opened.
  const transport = simulatedTransport({
    ...options,
    onTelegram: (_telegram, next) => record.telegram(next),
  });
  const stop = stopSignal(streams.signal);
  const output = await openOutput(flags, streams.output);
  streams.messages.write(`${transport.name} to ${output.name}\nkey ${options.key}\n`);
  try {
    if (options.pace === "fast" && "connected" in output) await output.connected(stop.signal);
    await pump(transport.bytes(stop.signal), record, flags.hex ?? false, (bytes) =>
      output.write(bytes, stop.signal),
    );
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === "output-closed")) throw error;
  } finally {
    record.save();
    await output.close();
    stop.release();
  }
  streams.messages.write(`${record.telegrams} telegrams\n`);
}

async function pump(
  source: AsyncIterable<Uint8Array>,
  record: Recorder,
  hex: boolean,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  let written = 0;
  for await (const bytes of source) {
    const separator = written > 0 && record.telegrams > written ? "\n\n" : "";
    written = record.telegrams;
    await write(hex ? Buffer.from(separator + Buffer.from(bytes).toString("hex").toUpperCase()) : bytes);
  }
  if (hex && written > 0) await write(Buffer.from("\n"));
}

/** Counts telegrams, and keeps the state that a restart needs. */
class Recorder {
  readonly #file: string | undefined;
  #state: SimulatorState | undefined;
  telegrams = 0;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  telegram(state: SimulatorState): void {
    this.#state = state;
    if (this.telegrams++ % TELEGRAMS_PER_SAVE === 0) this.save();
  }

  /** Whole or not at all, whenever the process is killed. */
  save(): void {
    if (this.#file === undefined || !this.#state) return;
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#state));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

async function openOutput(
  flags: SimulateFlags,
  standardOutput: Writable,
): Promise<Output | Awaited<ReturnType<typeof tcpOutput>>> {
  const { port, listen, file, baudRate, parity } = flags;
  const given = [port, listen, file].filter((target) => target !== undefined);
  if (given.length > 1) throw new PlatformError("config", "give only one of --port, --listen and --file");
  if (port !== undefined) return serialOutput({ path: port, baudRate, parity });
  if (listen) return tcpOutput(listen);
  return file === undefined ? streamOutput("standard output", standardOutput) : fileOutput(file);
}

function readState(file: string): SimulatorState | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const state = JSON.parse(readFileSync(file, "utf8")) as SimulatorState;
    const { v, ...numbers } = state;
    const complete =
      Object.keys(numbers).length === STATE_NUMBERS && Object.values(numbers).every(Number.isSafeInteger);
    if (v === 1 && complete) return state;
    throw new Error("it is not complete");
  } catch (error) {
    const reason = messageOf(error);
    throw new PlatformError(
      "config",
      `--state ${file} is no simulator state (${reason}): name another file, or remove it`,
      {
        cause: error,
      },
    );
  }
}

const STATE_NUMBERS = 8;

function stopSignal(outer: AbortSignal | undefined): { signal: AbortSignal; release: () => void } {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once("SIGINT", abort).once("SIGTERM", abort);
  outer?.addEventListener("abort", abort, { once: true });
  if (outer?.aborted) abort();
  return {
    signal: stop.signal,
    release() {
      process.off("SIGINT", abort).off("SIGTERM", abort);
      outer?.removeEventListener("abort", abort);
    },
  };
}
