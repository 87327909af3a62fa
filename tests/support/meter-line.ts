import { createServer, type Server, type Socket } from "node:net";
import { simulateRange } from "../../edge/src/simulator/simulate-range.ts";
import type { Ledger } from "./oracle.ts";

export const METER_KEY = "36C66639E48A8CA4D6BC8B282A793BBB";
const STEP_MS = 5_000;
/** What a meter said so long before its reader was killed must have reached the reader's journal. */
const JOURNALLED_MS = 1_000;

/** A meter behind a serial gateway: it speaks to whoever is connected, says everything once, and keeps nothing. */
export class MeterLine {
  readonly #telegrams = simulateRange({
    key: METER_KEY,
    dialect: "netz-noe",
    fromMs: Math.floor((Date.now() - 86_400_000) / STEP_MS) * STEP_MS,
    toMs: Date.now(),
    stepMs: STEP_MS,
  });
  readonly #sent = new Map<number, number>();
  readonly #saidAt = new Map<number, number>();
  readonly #promised = new Set<number>();
  readonly #server: Server;
  #reader: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor() {
    this.#server = createServer((socket) => {
      this.#reader = socket;
      socket.on("error", () => {});
      socket.on("close", () => {
        if (this.#reader === socket) this.#reader = undefined;
      });
    });
  }

  static async open(): Promise<MeterLine> {
    const line = new MeterLine();
    await new Promise<void>((resolve) => line.#server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  speak(intervalMs: number): void {
    this.#timer = setInterval(() => {
      if (!this.#reader) return;
      const { value: telegram } = this.#telegrams.next() as IteratorYieldResult<{
        instantMs: number;
        values: { importWh: number };
        bytes: Uint8Array;
      }>;
      this.#sent.set(telegram.instantMs, telegram.values.importWh);
      this.#saidAt.set(telegram.instantMs, performance.now());
      this.#reader.write(telegram.bytes);
    }, intervalMs);
  }

  silence(): void {
    clearInterval(this.#timer);
  }

  /** To be called when the reader is killed, and at the end: settles what it must have kept. */
  readerEnds(): void {
    const before = performance.now() - JOURNALLED_MS;
    for (const [t, saidAt] of this.#saidAt) if (saidAt <= before) this.#promised.add(t);
    this.#saidAt.clear();
    this.#reader = undefined;
  }

  ledger(meter: string): Ledger {
    return { meter, sent: this.#sent, acknowledged: this.#promised };
  }

  async close(): Promise<void> {
    this.silence();
    this.#reader?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
