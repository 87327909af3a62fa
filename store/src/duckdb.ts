import {
  bucketBounds,
  PlatformError,
  QUARTER_HOUR_MS,
  type NormalisedReading,
  type RejectedMessage,
} from "@smp/schemas";
import { checkReadings } from "./columns.ts";
import { appendReadings } from "./duckdb-append.ts";
import { DirtyQuarters } from "./duckdb-dirty.ts";
import { Documents, readDocuments, readRejected } from "./duckdb-documents.ts";
import { Names } from "./duckdb-names.ts";
import { loadLatest } from "./duckdb-newest.ts";
import { openDatabase, type Database, type DuckdbOptions } from "./duckdb-open.ts";
import { neighbours, readQuarters } from "./duckdb-quarters.ts";
import { readRaw } from "./duckdb-raw.ts";
import { rollUp } from "./duckdb-rollup.ts";
import { foldInSql } from "./duckdb-series.ts";
import { gapsBetween } from "./energy.ts";
import { LatestReadings } from "./latest.ts";
import { pages } from "./pages.ts";
import { foldSeries } from "./series.ts";
import type {
  Bucket,
  Gap,
  LatestReading,
  MeterSummary,
  RawQuery,
  RegistryDocument,
  SeriesQuery,
  Store,
  StoreHealth,
} from "./store.ts";

const ROLL_UP_MS = 60_000;
/** Quarter hours rolled up in one transaction. */
const ROLL_UP_QUARTERS = 10_000;
/** Quarter hours that may wait for a roll-up before writers wait for it. */
const DIRTY_MAX = 50_000;
/** A query rolls up first when changes of its meters wait that are older than a day: else it would read much raw data. */
const DIRTY_READ_QUARTERS = 96;
/** Meters times quarter hours above which a query is heavy and is folded by the database. */
const FOLD_IN_SQL_ABOVE = 10_000;

interface Opened {
  database: Database;
  names: Names;
  latest: LatestReadings;
  dirty: DirtyQuarters;
  documents: Documents;
}

async function open(options: DuckdbOptions): Promise<Opened> {
  const database = await openDatabase(options);
  return database.write(async (connection) => {
    const names = await Names.load(connection);
    const latest = new LatestReadings();
    await loadLatest(connection, latest, names);
    const dirty = await DirtyQuarters.load(connection);
    return { database, names, latest, dirty, documents: await Documents.load(connection) };
  });
}

/**
 * The embedded store: one DuckDB file, one process. It opens on first use; open it early with `health()`.
 *
 * Errors: `store-locked` another process has the file open; `store-version` a newer release wrote it; `bad-reading`;
 * `store-failed` and `store-busy` may be tried again.
 *
 * @example const store = duckdbStore({ file: "./data/store/readings.duckdb" });
 */
export function duckdbStore(options: DuckdbOptions): Store {
  return new DuckdbStore(options);
}

class DuckdbStore implements Store {
  readonly #options: DuckdbOptions;
  readonly #now: () => number;
  readonly #foldInSqlAbove: number;
  #opening: Promise<Opened> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #rollUpFault: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DuckdbOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#foldInSqlAbove = options.foldInSqlAbove ?? FOLD_IN_SQL_ABOVE;
  }

  async append(readings: readonly NormalisedReading[]): Promise<void> {
    checkReadings(readings);
    if (readings.length === 0) return;
    const { database, ...state } = await this.#open();
    await database.write(
      (connection) => appendReadings(connection, readings, state),
      (appended) => {
        state.names.commit(appended.names);
        state.dirty.add(appended.dirty);
        for (const reading of readings) state.latest.apply(reading);
        for (const reread of appended.reread) state.latest.set(reread);
      },
    );
    // The readings are durable: that their roll-up fails is told by health(), not by a rejected append.
    if (state.dirty.size > DIRTY_MAX) await this.#rollUp().catch(() => undefined);
  }

  async reject(messages: readonly RejectedMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const { database, documents } = await this.#open();
    await database.write(async (connection) => documents.reject(connection, messages));
  }

  async rejected(query: { device?: string; limit: number }): Promise<RejectedMessage[]> {
    const { database } = await this.#open();
    return database.read((connection) => readRejected(connection, query));
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
    yield* pages({ ...query, from, to }, (start, end, limit) =>
      database.read((connection) =>
        readRaw(connection, { meterId, meter: query.meter, from: start, to: end, limit }, (id) =>
          names.name(id),
        ),
      ),
    );
  }

  async series(query: SeriesQuery): Promise<Bucket[]> {
    const { database, names } = await this.#open();
    const nameOf = (id: number): string => names.name(id);
    const idsOf = (meters: readonly string[]): number[] => meters.flatMap((meter) => names.id(meter) ?? []);
    const bounds = bucketBounds(query.from, query.to, query.resolution, query.tz);
    const quarters = ((bounds.at(-1) ?? 0) - (bounds[0] ?? 0)) / QUARTER_HOUR_MS;
    const meters = [...new Set(query.meters)];
    const ids = idsOf(meters);
    if (ids.length === 0 || quarters === 0) return [];
    if (ids.length * quarters > this.#foldInSqlAbove) {
      await this.#rollUp(new Set(ids), Infinity);
      const folded = { meters: ids, meterCount: meters.length, bounds, perMeter: query.perMeter };
      return database.read((connection) => foldInSql(connection, folded, nameOf), { heavy: true });
    }
    return foldSeries(query, async (range) => {
      const stored = {
        meters: idsOf(range.meters),
        from: range.from / QUARTER_HOUR_MS,
        to: range.to / QUARTER_HOUR_MS,
      };
      await this.#rollUpFor(stored.meters);
      return database.read((connection) => readQuarters(connection, stored, nameOf));
    });
  }

  async gaps(query: { meter: string; from: number; to: number }): Promise<Gap[]> {
    const { database, names } = await this.#open();
    const id = names.id(query.meter);
    if (id === undefined || query.from >= query.to) return [];
    await this.#rollUpFor([id]);
    const from = Math.floor(query.from / QUARTER_HOUR_MS);
    const to = Math.ceil(query.to / QUARTER_HOUR_MS);
    const quarters = await database.read(async (connection) => {
      const { before, after } = await neighbours(connection, id, from, to);
      return readQuarters(connection, { meters: [id], from: before, to: after + 1 }, (name) =>
        names.name(name),
      );
    });
    return gapsBetween(quarters).filter((gap) => gap.from < query.to && gap.to > query.from);
  }

  async putDocument(document: RegistryDocument): Promise<void> {
    const { database, documents } = await this.#open();
    await database.write((connection) => documents.put(connection, document));
  }

  async documents(kind: string): Promise<RegistryDocument[]> {
    const { database } = await this.#open();
    return database.read((connection) => readDocuments(connection, kind));
  }

  async settled(): Promise<void> {
    // A commit is visible to every later query.
  }

  async health(): Promise<StoreHealth> {
    const { database } = await this.#open();
    try {
      await database.read((connection) => connection.run("SELECT 1"));
      if (this.#rollUpFault === undefined) return { ok: true, lagMs: 0 };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error), lagMs: 0 };
    }
    return {
      ok: false,
      detail: `readings are stored, but rolling them up fails: ${this.#rollUpFault}`,
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
    this.#timer ??= setInterval(() => void this.#rollUp().catch(() => undefined), ROLL_UP_MS).unref();
    return opened;
  }

  async #rollUpFor(ids: readonly number[]): Promise<void> {
    const { dirty } = await this.#open();
    const meters = new Set(ids);
    if (dirty.before(this.#currentQuarter() - DIRTY_READ_QUARTERS, meters).length > 0)
      await this.#rollUp(meters);
  }

  /** Rolls up the quarter hours that are over: of some meters, or of all. What is not over yet may be rolled up too, and again. */
  async #rollUp(meters?: ReadonlySet<number>, before: number = this.#currentQuarter()): Promise<void> {
    const { database, ...state } = await this.#open();
    const oneStep = (): Promise<number[]> =>
      database.write(
        async (connection) => {
          const keys = state.dirty.before(before, meters).slice(0, ROLL_UP_QUARTERS);
          if (keys.length > 0) await rollUp(connection, keys, state);
          return keys;
        },
        (keys) => state.dirty.delete(keys),
      );
    try {
      while ((await oneStep()).length === ROLL_UP_QUARTERS);
      this.#rollUpFault = undefined;
    } catch (error) {
      this.#rollUpFault = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  #currentQuarter(): number {
    return Math.floor(this.#now() / QUARTER_HOUR_MS);
  }
}
