import type { DuckDBConnection } from "@duckdb/node-api";
import { Lanes } from "../lanes.ts";

/**
 * How many threads DuckDB has: one, and all that it may have while something large runs. A statement's threads wait for
 * one another by spinning, so that a second one makes a small statement dearer and no faster.
 */
export class Threads {
  readonly #connection: DuckDBConnection;
  readonly #most: number;
  readonly #setting = new Lanes("set threads", 1);
  #large = 0;

  /** The connection is for this alone. */
  constructor(connection: DuckDBConnection, most: number) {
    this.#connection = connection;
    this.#most = most;
  }

  async forLarge<T>(task: () => Promise<T>): Promise<T> {
    await this.#count(1);
    try {
      return await task();
    } finally {
      await this.#count(-1);
    }
  }

  async #count(step: 1 | -1): Promise<void> {
    await this.#setting.run(async () => {
      this.#large += step;
      if (this.#large > 1 || (this.#large === 1 && step === -1)) return;
      await this.#connection.run(`SET threads = ${this.#large > 0 ? this.#most : 1}`);
    });
  }

  close(): void {
    this.#connection.closeSync();
  }
}
