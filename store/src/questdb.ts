import { PlatformError, QUARTER_HOUR_MS, type NormalisedReading, type RejectedMessage } from "@smp/schemas";
import type { BackupSummary } from "./backup.ts";
import { checkReadings } from "./columns.ts";
import { gapsBetween, stepsOf, wholeQuarters } from "./energy.ts";
import { arrivals, pages, type Arrival } from "./pages.ts";
import {
  Documents,
  readDocumentLog,
  readDocuments,
  readRejected,
  type Connections,
} from "./questdb-documents.ts";
import { backupStore, restoreStore } from "./questdb-backup.ts";
import { deleteMeter, Meters } from "./questdb-meters.ts";
import { readLatest } from "./questdb-latest.ts";
import { countersAround, msOf, readingOf } from "./questdb-read.ts";
import {
  afterSql,
  beforeSql,
  countersAroundSql,
  extentSql,
  prepareTables,
  rawSql,
  tablesOf,
  type Tables,
} from "./questdb-schema.ts";
import { knownForms, readQuarters, readSeries, type Asking } from "./questdb-series.ts";
import { connectSql, numberOf, type Row } from "./questdb-sql.ts";
import { readVisibility, suspendedSentence, type Visibility } from "./questdb-visibility.ts";
import { fillReading, ilpWriter } from "./questdb-write.ts";
import type { Retention } from "./retention.ts";
import type {
  Bucket,
  EnergySteps,
  Gap,
  LatestReading,
  Logs,
  MeterSummary,
  RawQuery,
  RegistryDocument,
  SeriesQuery,
  Store,
  StoreHealth,
} from "./store.ts";
import { isMeterId } from "./swaps.ts";

export interface QuestdbOptions {
  /** HTTP address, for writing: `http://127.0.0.1:9000`, with user and password if the server asks for them. */
  url: string;
  /** PostgreSQL address, for reading: `postgresql://admin:quest@127.0.0.1:8812/qdb`. */
  pgUrl: string;
  /** Before every table's name: several stores in one server. */
  prefix?: string;
  /** For ever when not given. */
  retention?: Retention;
  now?: () => number;
  /** Meters times quarter hours above which a series is folded in SQL instead of outside; both give the same. */
  foldInSqlAbove?: number;
}

/** How far beyond a range the counters' next readings are looked for. */
const STRETCH_MS_MAX = 366 * 86_400_000;
const SETTLED_MS_MAX = 60_000;
const POLL_MS = 20;
/**
 * The production store: a QuestDB server, any number of processes. It connects and makes its tables on first use.
 * What `append` resolved for is committed; queries see it a moment later, see `settled`.
 *
 * Errors: `store-refused` (the server will never take the batch) and `bad-reading`; `store-failed` and `store-busy` may
 * be tried again, replaying changes nothing. A power cut is survived only if the server runs with
 * `cairo.commit.mode=sync`.
 *
 * @example const store = questdbStore({ url: "http://127.0.0.1:9000", pgUrl: "postgresql://admin:quest@127.0.0.1:8812/qdb" });
 */
export function questdbStore(options: QuestdbOptions): Store & { logs(): Promise<Logs> } {
  return new QuestdbStore(options);
}

class QuestdbStore implements Store {
  readonly #options: QuestdbOptions;
  readonly #tables: Tables;
  readonly #documents = new Documents();
  readonly #meters: Meters;
  #connections: Connections | undefined;
  #prepared: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #behindSince: number | undefined;

  constructor(options: QuestdbOptions) {
    this.#options = options;
    this.#tables = tablesOf(options.prefix ?? "");
    this.#meters = new Meters(this.#tables);
  }

  async append(readings: readonly NormalisedReading[]): Promise<void> {
    checkReadings(readings);
    const connections = await this.#open();
    const present = await this.#meters.present(connections, readings);
    await connections.ilp.write(this.#tables.readings, present, fillReading);
  }

  async reject(messages: readonly RejectedMessage[]): Promise<void> {
    await this.#documents.reject(await this.#open(), this.#tables.rejected, messages);
  }

  async rejected(query: { device?: string; limit: number }): Promise<RejectedMessage[]> {
    return readRejected(await this.#open(), this.#tables.rejected, query);
  }

  async meters(): Promise<MeterSummary[]> {
    return (await this.#query(extentSql(this.#tables)))
      .map((row) => ({
        meter: String(row["meter"]),
        device: String(row["device"]),
        firstMs: msOf(row["first_us"]),
        lastMs: msOf(row["last_us"]),
      }))
      .sort((a, b) => (a.meter < b.meter ? -1 : 1));
  }

  async latest(meters: readonly string[]): Promise<LatestReading[]> {
    const known = knownForms(meters);
    if (known.length === 0) return [];
    return readLatest((sql) => this.#query(sql), this.#tables, known);
  }

  async *raw(query: RawQuery): AsyncGenerator<NormalisedReading[]> {
    const meters = knownForms([query.meter]);
    const [extent] = meters.length === 0 ? [] : await this.#query(extentSql(this.#tables, meters));
    if (numberOf(extent?.["first_us"]) === null) return;
    // Nothing lies outside of what the meter has: an open range need not be searched.
    const from = Math.max(query.from, msOf(extent?.["first_us"]));
    const to = Math.min(query.to, msOf(extent?.["last_us"]) + 1);
    const read = async (start: number, end: number, limit: number, after?: Arrival) => {
      const rows = await this.#query(rawSql(this.#tables, { meters, from: start, to: end }, limit, after));
      return rows.map((row) => readingOf(query.meter, row));
    };
    const { receivedFrom } = query;
    if (receivedFrom === undefined) yield* pages({ ...query, from, to }, read);
    else yield* arrivals({ ...query, receivedFrom }, (after, limit) => read(from, to, limit, after));
  }

  async series(query: SeriesQuery): Promise<Bucket[]> {
    return readSeries(await this.#asking(), query);
  }

  async gaps(query: { meter: string; from: number; to: number }): Promise<Gap[]> {
    const meters = knownForms([query.meter]);
    if (meters.length === 0 || query.from >= query.to) return [];
    const asking = await this.#asking();
    const start = Math.floor(query.from / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
    const end = Math.ceil(query.to / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
    const [before] = await this.#query(beforeSql(this.#tables, query.meter, start));
    const [after] = await this.#query(afterSql(this.#tables, query.meter, end));
    const quarterOfMs = (ms: number): number => Math.floor(ms / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
    const range = {
      meters,
      from: before ? quarterOfMs(msOf(before["ts_us"])) : start,
      to: after ? quarterOfMs(msOf(after["ts_us"])) + QUARTER_HOUR_MS : end,
    };
    return gapsBetween(await readQuarters(asking, range), asking.swaps.of(query.meter)).filter(
      (gap) => gap.from < query.to && gap.to > query.from,
    );
  }

  async energySteps(query: { meter: string; from: number; to: number }): Promise<EnergySteps> {
    if (!isMeterId(query.meter) || query.from >= query.to) return { quarters: [], stretches: [] };
    const asking = await this.#asking();
    const whole = { meter: query.meter, ...wholeQuarters(query) };
    const around = countersAroundSql(this.#tables, whole, STRETCH_MS_MAX).map((sql) => this.#query(sql));
    const range = { meters: [query.meter], ...countersAround(whole, (await Promise.all(around)).flat()) };
    return stepsOf(await readQuarters(asking, range), asking.swaps.of(query.meter), query);
  }

  async deleteMeter(meter: string, { before }: { before: number }): Promise<void> {
    if (!isMeterId(meter)) return;
    await deleteMeter(await this.#open(), this.#tables, meter, before, () => this.settled());
    this.#meters.forget();
  }

  async putDocument(document: RegistryDocument): Promise<void> {
    const connections = await this.#open();
    (await this.#meters.swaps(connections)).changes(document);
    await this.#documents.put(connections, this.#tables.documents, document);
    // Other processes see it a moment later; this one must not answer from before.
    if (document.kind === "meter") await this.settled();
    this.#meters.forget();
  }

  async documents(kind: string): Promise<RegistryDocument[]> {
    return readDocuments(await this.#open(), this.#tables.documents, kind);
  }

  async settled(): Promise<void> {
    const deadline = Date.now() + SETTLED_MS_MAX;
    for (;;) {
      const { behind, suspended } = await this.#visibility();
      if (suspended.length > 0) throw new PlatformError("store-suspended", suspendedSentence(suspended));
      if (behind.length === 0) return;
      if (Date.now() > deadline)
        throw new PlatformError("store-behind", `QuestDB has not applied all of ${behind.join(", ")} yet`, {
          retryable: true,
        });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async maintain(): Promise<void> {}

  async logs(): Promise<Logs> {
    const connections = await this.#open();
    return {
      documents: await readDocumentLog(connections, this.#tables.documents),
      deleted: await this.#meters.deleted(connections),
    };
  }

  async backup(folder: string): Promise<BackupSummary> {
    await this.settled();
    return backupStore(this, folder);
  }

  async health(): Promise<StoreHealth> {
    try {
      const { behind, suspended } = await this.#visibility();
      if (behind.length === 0) this.#behindSince = undefined;
      else this.#behindSince ??= Date.now();
      const lagMs = this.#behindSince === undefined ? 0 : Date.now() - this.#behindSince;
      return suspended.length > 0
        ? { ok: false, detail: suspendedSentence(suspended), lagMs }
        : { ok: true, lagMs };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error), lagMs: 0 };
    }
  }

  async close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#connections?.ilp.close();
      await this.#connections?.sql.close();
    })();
    await this.#closing;
  }

  async #open(): Promise<Connections> {
    if (this.#closing) throw new PlatformError("store-closed", "the QuestDB store is closed: open a new one");
    const connections = (this.#connections ??= {
      sql: connectSql(this.#options.pgUrl),
      ilp: ilpWriter(this.#options.url),
    });
    this.#prepared ??= prepareTables(connections.sql, this.#tables).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    await this.#prepared;
    return connections;
  }

  async #query(sql: string, values: readonly unknown[] = [], heavy = false): Promise<Row[]> {
    return (await this.#open()).sql.query(sql, values, { heavy });
  }

  async #asking(): Promise<Asking> {
    const swaps = await this.#meters.swaps(await this.#open());
    const query = (sql: string, heavy: boolean): Promise<Row[]> => this.#query(sql, [], heavy);
    return { query, tables: this.#tables, swaps, foldInSqlAbove: this.#options.foldInSqlAbove };
  }

  async #visibility(): Promise<Visibility> {
    return readVisibility((await this.#open()).sql, this.#tables);
  }
}

/** Fills an empty server from a backup of either engine. */
export async function restoreTables(options: QuestdbOptions, folder: string): Promise<BackupSummary> {
  const store = questdbStore(options);
  try {
    return await restoreStore(store, folder);
  } finally {
    await store.close();
  }
}
