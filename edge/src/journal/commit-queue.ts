import { setTimeout as wait } from "node:timers/promises";
import { messageOf, PlatformError } from "@smp/schemas";
import type { Logger } from "pino";
import { RECORD_HEADER_BYTES, type JournalRecord } from "./record.ts";

const GROUP_BYTES_MAX = 1 << 18;
const RECORDS_MAX = 4_096;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

interface Queued {
  record: JournalRecord;
  resolve(sequence: number): void;
  reject(error: Error): void;
}

export interface CommitPorts {
  log: Logger;
  /** The journal's folder, to tell. */
  directory: string;
  /** Resolves when the records are durable; rejects while the disk takes nothing. */
  write: (records: readonly JournalRecord[]) => Promise<void>;
}

/** Records on their way to the disk: what comes in one turn, or while the disk is at work or takes nothing, shares one write. */
export class CommitQueue {
  readonly #ports: CommitPorts;
  readonly #closing = new AbortController();
  #queue: Queued[] = [];
  #committing: Promise<void> | undefined;
  /** Records that were given up because too many waited. */
  dropped = 0;
  /** Why the disk takes nothing at present. */
  failure: string | undefined;

  constructor(ports: CommitPorts) {
    this.#ports = ports;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Resolves with the record's sequence number when it is durable. At most 4,096 wait: beyond that the oldest's promise rejects. */
  add(record: JournalRecord): Promise<number> {
    if (this.#queue.length >= RECORDS_MAX) this.#giveUpOldest();
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  /** Writes what waits, if the disk takes it. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#committing;
  }

  async #commitAll(): Promise<void> {
    await Promise.resolve(); // everything that one turn of the event loop appends shares one fdatasync
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) {
      const durable = await this.#commit(group.map((queued) => queued.record));
      for (const queued of group) {
        if (durable) queued.resolve(queued.record.sequence);
        else queued.reject(closedError());
      }
    }
    // In the same turn as the look at the empty queue: what is appended after it starts a new round.
    this.#committing = undefined;
  }

  #nextGroup(): Queued[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#queue) {
      bytes += RECORD_HEADER_BYTES + record.payload.length;
      if (count > 0 && bytes > GROUP_BYTES_MAX) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Tries until the disk takes the records, or until the journal is closed. */
  async #commit(records: readonly JournalRecord[]): Promise<boolean> {
    const { log, directory, write } = this.#ports;
    for (let delayMs = RETRY_MS_MIN; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      try {
        await write(records);
        if (this.failure) log.info("the journal's disk takes readings again: nothing that waited was lost");
        this.failure = undefined;
        return true;
      } catch (error) {
        if (!this.failure)
          log.error(
            { err: error },
            `the journal cannot write to ${directory}: free some space there; readings wait in memory meanwhile`,
          );
        this.failure = messageOf(error);
      }
      if (this.isClosed) return false;
      await wait(delayMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  #giveUpOldest(): void {
    const oldest = this.#queue.shift();
    if (!oldest) return;
    this.dropped++;
    const why = `the disk takes nothing and ${RECORDS_MAX} readings wait already: ${this.failure ?? "it is too slow"}`;
    oldest.reject(new PlatformError("journal-full", why, { retryable: true }));
  }
}

export const closedError = (): PlatformError =>
  new PlatformError("journal-closed", "the journal is closed: the reading was not kept");
