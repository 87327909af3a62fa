import type { Logger } from "pino";

const WINDOW_MS = 10_000;
const LINES_MAX = 20;
const LINE_CHARS_MAX = 300;

/** What an extension writes to stdout and stderr: the first lines of each ten seconds go to the log, too much is a flood. */
export class ChildOutput {
  /** V8 said that the heap is full. */
  outOfMemory = false;
  readonly #logger: Logger;
  readonly #bytesMax: number;
  readonly #flooded: (detail: string) => void;
  #windowEnd = 0;
  #bytes = 0;
  #lines = 0;

  constructor(logger: Logger, bytesMax: number, flooded: (detail: string) => void) {
    this.#logger = logger;
    this.#bytesMax = bytesMax;
    this.#flooded = flooded;
  }

  take(chunk: Buffer): void {
    const now = Date.now();
    if (now > this.#windowEnd) {
      this.#windowEnd = now + WINDOW_MS;
      this.#bytes = this.#lines = 0;
    }
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax)
      return this.#flooded(`wrote more than ${this.#bytesMax} bytes to its output within ten seconds.`);
    if (chunk.includes("heap out of memory")) this.outOfMemory = true;
    if (this.#lines >= LINES_MAX) return;
    for (const line of chunk.toString("utf8").split("\n", LINES_MAX - this.#lines)) {
      if (line.trim() === "") continue;
      this.#lines++;
      this.#logger.info({ line: line.slice(0, LINE_CHARS_MAX) }, "an extension says");
    }
  }
}
