import { messageOf, PlatformError, type NormalisedReading, type RejectedMessage } from "@smp/schemas";
import type { BackupSummary } from "./backup/backup.ts";
import { checkReadings } from "./columns.ts";
import { appendReadings } from "./duckdb/append.ts";
import { neighbours, quartersAround } from "./duckdb/around.ts";
import { backupDatabase } from "./duckdb/backup.ts";
import { readDocumentLog, readDocuments, readRejected } from "./duckdb/documents.ts";
import { keepNewest, keepQuarters, keptOf } from "./duckdb/kept.ts";
import { applySwaps, deleteMeter } from "./duckdb/meters.ts";
import type { DuckdbOptions } from "./duckdb/open.ts";
import { open, type Opened } from "./duckdb/opened.ts";
import { readRaw } from "./duckdb/raw.ts";
import { readSeries, readSeriesAndWhole } from "./duckdb/series.ts";
import { readSteps } from "./duckdb/steps.ts";
import { gapsBetween } from "./energy/energy.ts";
import type { Kept, Logs, StoreInside } from "./backup/kept.ts";
import { arrivals, pages } from "./pages.ts";
import type {
  DeletedMeter,
  Deletion,
  Bucket,
  EnergySteps,
  Gap,
  IdRange,
  LatestReading,
  MeterSummary,
  RawQuery,
  RegistersQuery,
  RegistryDocument,
  SeriesQuery,
  StoreHealth,
} from "./store.ts";

const UPKEEP_MS = 60_000;
/** Quarter hours that may wait for a roll-up before writers wait for it. */
const DIRTY_MAX = 50_000;

/**
 * The embedded store: one DuckDB file, one process. It opens on first use; open it early with `health()`.
 *
 * Errors: `store-locked` another process has the file open; `store-version` a newer release wrote it; `bad-reading`;
 * `store-failed` and `store-busy` may be tried again.
 *
 * @example const store = duckdbStore({ file: "./data/store/readings.duckdb" });
 */
export function duckdbStore(options: DuckdbOptions): StoreInside {
  return new DuckdbStore(options);
}

class DuckdbStore implements StoreInside {
  readonly #options: DuckdbOptions;
  #opening: Promise<Opened> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DuckdbOptions) {
    this.#options = options;
  }

  async append(readings: readonly NormalisedReading[]): Promise<void> {
    checkReadings(readings);
    if (readings.length === 0) return;
    const { database, ...state } = await this.#open();
    await database.turn(
      (connection) => appendReadings(connection, readings, state),
      (appended) => {
        state.names.commit(appended.names);
        state.dirty.add(appended.dirty);
        for (const reading of appended.taken) state.latest.apply(reading);
        for (const reread of appended.reread) state.latest.set(reread);
      },
    );
    // The readings are durable: that their roll-up fails is told by health(), not by a rejected append.
    if (state.dirty.size > DIRTY_MAX) await state.upkeep.rollUp().catch(() => undefined);
  }

  async reject(messages: readonly RejectedMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const { database, documents } = await this.#open();
    await database.write(async (connection) => documents.reject(connection, messages));
  }

  async rejected(query: { device?: string; limit: number }): Promise<RejectedMessage[]> {
    return (await this.#open()).database.ask((connection) => readRejected(connection, query));
  }

  async meters(): Promise<MeterSummary[]> {
    return (await this.#open()).latest.summaries();
  }

  async latest(meters: readonly string[]): Promise<LatestReading[]> {
    return (await this.#open()).latest.readings(meters);
  }

  async *raw(query: RawQuery): AsyncGenerator<NormalisedReading[]> {
    const { database, names, latest } = await this.#open();
    const meterId = names.id(query.meter);
    const state = latest.get(query.meter);
    if (meterId === undefined || !state) return;
    // Nothing lies outside of what the meter has: an open range need not be searched.
    const from = Math.max(query.from, state.firstMs);
    const to = Math.min(query.to, state.lastMs + 1);
    const read = (part: Omit<Parameters<typeof readRaw>[1], "meter" | "meterId">) =>
      database.read((connection) =>
        readRaw(connection, { meterId, meter: query.meter, ...part }, (id) => names.name(id)),
      );
    const { receivedFrom } = query;
    if (receivedFrom === undefined)
      yield* pages({ ...query, from, to }, (start, end, limit) => read({ from: start, to: end, limit }));
    else yield* arrivals({ ...query, receivedFrom }, (after, limit) => read({ from, to, limit, after }));
  }

  async registers({ meter }: RegistersQuery): Promise<string[]> {
    return [...((await this.#open()).latest.get(meter)?.registers.keys() ?? [])];
  }

  async series(query: SeriesQuery): Promise<Bucket[]> {
    return readSeries(await this.#open(), query);
  }

  async seriesAndWhole(query: SeriesQuery): Promise<{ buckets: Bucket[]; whole: Bucket[] }> {
    return readSeriesAndWhole(await this.#open(), query);
  }

  async gaps(query: { meter: string; from: number; to: number }): Promise<Gap[]> {
    const state = await this.#open();
    const quarters = await quartersAround(state, query, neighbours);
    return gapsBetween(quarters, state.swaps.of(query.meter), query);
  }

  async energySteps(query: { meter: string; from: number; to: number }): Promise<EnergySteps> {
    return readSteps(await this.#open(), query);
  }

  async deleteMeter(meter: string, deletion: Deletion): Promise<void> {
    const { database, names, latest, dirty, swaps, deleted, expiry } = await this.#open();
    await database.write(
      (connection) => {
        dirty.hold(names.id(meter) ?? -1);
        return deleteMeter(connection, meter, deletion, { names, expiry });
      },
      (remains) => {
        deleted.add(meter, deletion.before);
        swaps.delete(meter);
        latest.delete(meter);
        if (remains.state) latest.set(remains.state);
        dirty.deleteMeter(names.id(meter) ?? -1);
        dirty.add(remains.dirty);
      },
    );
  }

  async deleted(): Promise<DeletedMeter[]> {
    return (await this.#open()).deleted.list();
  }

  async putDocument(...documents: RegistryDocument[]): Promise<void> {
    const state = await this.#open();
    await state.database.write(
      async (connection) => {
        await state.documents.put(connection, documents);
        return applySwaps(connection, documents, state);
      },
      (keys) => {
        state.dirty.delete(keys);
        for (const document of documents) state.swaps.set(document);
      },
    );
  }

  async documents(kind: string, ids?: readonly IdRange[]): Promise<RegistryDocument[]> {
    const { database } = await this.#open();
    return database.ask((connection) => readDocuments(connection, kind, ids));
  }

  async settled(): Promise<void> {
    // A commit is visible to every later query.
  }

  async maintain(): Promise<void> {
    await (await this.#open()).upkeep.run();
  }

  async logs(): Promise<Logs> {
    const { database } = await this.#open();
    return { documents: await database.ask(readDocumentLog), deleted: await this.deleted() };
  }

  async kept(): Promise<Kept | undefined> {
    return keptOf(await this.#open());
  }

  async keep(kept: Kept): Promise<void> {
    const opened = await this.#open();
    await opened.upkeep.rollUp(undefined, Infinity);
    await keepNewest(opened, kept);
    for await (const quarters of kept.quarters()) await keepQuarters(opened, quarters);
  }

  async backup(folder: string): Promise<BackupSummary> {
    const { database, upkeep } = await this.#open();
    await upkeep.rollUp(undefined, Infinity);
    return backupDatabase(database, this.#options.file, folder);
  }

  async health(): Promise<StoreHealth> {
    const { database, upkeep } = await this.#open();
    try {
      await database.ask((connection) => connection.run("SELECT 1"));
    } catch (error) {
      return { ok: false, detail: messageOf(error), lagMs: 0 };
    }
    const writeFault = database.writeFault();
    if (writeFault !== undefined)
      return {
        ok: false,
        detail: `nothing can be written, is the disk full? ${writeFault}`,
        lagMs: 0,
      };
    if (upkeep.fault === undefined) return { ok: true, lagMs: 0 };
    return {
      ok: false,
      detail: `readings are stored, but keeping them in order fails: ${upkeep.fault}`,
      lagMs: 0,
    };
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.database.close();
  }

  async #open(): Promise<Opened> {
    if (this.#closing)
      throw new PlatformError("store-closed", `${this.#options.file} is closed: open a new store`);
    // A failed opening may be tried again: the process that held the file may be gone.
    this.#opening ??= open(this.#options).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    const opened = await this.#opening;
    // What fails in the background is told by health().
    this.#timer ??= setInterval(() => void opened.upkeep.run().catch(() => undefined), UPKEEP_MS).unref();
    return opened;
  }
}

export { restoreDatabase } from "./duckdb/backup.ts";
