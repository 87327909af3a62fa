import { messageOf, MINUTE_MS, PlatformError } from "@smp/schemas";

/** Who has something to write tries again within that time; a failure that nobody repeats says nothing of the disk of now. */
const TOLD_MS = 2 * MINUTE_MS;

/** Remembers that writing fails: the database itself answers all questions meanwhile. */
export class WriteFaults {
  #fault: { detail: string; atMs: number } | undefined;

  get current(): string | undefined {
    return this.#fault && performance.now() - this.#fault.atMs < TOLD_MS ? this.#fault.detail : undefined;
  }

  async of<T>(write: () => Promise<T>): Promise<T> {
    try {
      const result = await write();
      this.#fault = undefined;
      return result;
    } catch (error) {
      // What was wrong with the content is its sender's.
      if (error instanceof PlatformError && error.retryable)
        this.#fault = { detail: messageOf(error), atMs: performance.now() };
      throw error;
    }
  }
}
