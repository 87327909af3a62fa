import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { Journal, type JournalOptions, type JournalPorts } from "../../src/journal/journal.ts";
import type { Batch, DrainOrder } from "../../src/journal/take.ts";

/** A directory that is gone after the test. */
export async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "smp-journal-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export const silent = pino({ level: "silent" });

export const openJournal = (
  directory: string,
  options: Partial<JournalOptions> = {},
  ports: Partial<JournalPorts> = {},
): Promise<Journal> =>
  Journal.open({ directory, bytesMax: 256 << 20, daysMax: 30, ...options }, { log: silent, ...ports });

/** A payload that tells which number it was written under. */
export const payloadOf = (sequence: number, size = 60): Uint8Array =>
  Buffer.from(`reading ${sequence} `.padEnd(size, "."));

export const append = (journal: Journal, size?: number): Promise<number> =>
  journal.append((sequence) => payloadOf(sequence, size));

/** In groups that the journal's waiting line can hold. */
export async function appendMany(journal: Journal, count: number, size?: number): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < count) {
    const group = Math.min(2_000, count - numbers.length);
    numbers.push(...(await Promise.all(Array.from({ length: group }, () => append(journal, size)))));
  }
  return numbers;
}

export const sequenceOf = (payload: Uint8Array): number =>
  Number(/^reading (\d+) /.exec(Buffer.from(payload).toString())?.[1] ?? Number.NaN);

/** Takes and acknowledges everything; the sequence numbers in the order of delivery. */
export async function drain(journal: Journal, order: DrainOrder = "oldest-first"): Promise<number[]> {
  const delivered: number[] = [];
  for (let batch = await take(journal, order); batch; batch = await take(journal, order)) {
    delivered.push(...batch.payloads.map(sequenceOf));
    journal.acknowledge(batch);
  }
  return delivered;
}

export const take = (journal: Journal, order: DrainOrder = "oldest-first"): Promise<Batch | undefined> =>
  journal.take({ order, readingsMax: 500, bytesMax: 16_381 });

export const upTo = (count: number, from = 1): number[] =>
  Array.from({ length: count }, (_, index) => from + index);
