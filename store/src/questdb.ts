import { messageOf, PlatformError, type NormalisedReading, type RejectedMessage } from "@smp/schemas";
import type { BackupSummary } from "./backup/backup.ts";
import { checkReadings } from "./columns.ts";
import { gapsBetween, stepsOf } from "./energy/energy.ts";
import type { Kept, Logs, StoreInside } from "./backup/kept.ts";
import {
  Documents,
  readDocumentLog,
  readDocuments,
  readRejected,
  type Connections,
} from "./questdb/documents.ts";
import { quartersAround } from "./questdb/around.ts";
import { backupStore, restoreStore } from "./questdb/backup.ts";
import { keep, keptOf } from "./questdb/kept.ts";
import { deleteMeter, Meters } from "./questdb/meters.ts";
import { quarterMarks, writeMarks } from "./questdb/marks.ts";
import { readSummaries } from "./questdb/newest.ts";
import type { QuestdbOptions } from "./questdb/options.ts";
import type { Asking } from "./questdb/quarters.ts";
import { readRaw } from "./questdb/raw.ts";
import { readRegisters } from "./questdb/registers.ts";
import { appendGuarded } from "./questdb/retention.ts";
import { quartersOf, type RollUp } from "./questdb/rollup.ts";
import { prepareTables } from "./questdb/prepare.ts";
import { tablesOf, type Tables } from "./questdb/schema.ts";
import { readSeries, readSeriesAndWhole } from "./questdb/series.ts";
import { connectSql, isMeterId, knownForms } from "./questdb/sql.ts";
import { LatestCache } from "./questdb/latest-cache.ts";
import { Upkeep } from "./questdb/upkeep.ts";
import { Lag, readVisibility, settle, suspendedSentence } from "./questdb/visibility.ts";
import { fillReading, ilpWriter } from "./questdb/write.ts";
import { FOR_EVER } from "./retention.ts";
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

/**
 * The production store: a QuestDB server, any number of processes. It connects and makes its tables on first use. Processes
 * that append roll up and let go of old readings too, every minute or so.
 * What `append` resolved for is committed; queries see it a moment later, see `settled`.
 *
 * Errors: `store-refused` (the server will never take the batch) and `bad-reading`; `store-failed` and `store-busy` may
 * be tried again, replaying changes nothing. A power cut is survived only if the server runs with
 * `cairo.commit.mode=sync`.
 *
 * @example const store = questdbStore({ url: "http://127.0.0.1:9000", pgUrl: "postgresql://admin:quest@127.0.0.1:8812/qdb" });
 */
export function questdbStore(options: QuestdbOptions): StoreInside {
  return new QuestdbStore(options);
}

class QuestdbStore implements StoreInside {
  readonly #options: QuestdbOptions;
  readonly #tables: Tables;
  readonly #documents = new Documents();
  readonly #meters: Meters;
  readonly #latest: LatestCache;
  readonly #work: RollUp;
  readonly #upkeep: Upkeep;
  readonly #now: () => number;
  readonly #lag = new Lag();
  #connections: Connections | undefined;
  #prepared: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: QuestdbOptions) {
    this.#options = options;
    this.#tables = tablesOf(options.prefix ?? "");
    this.#meters = new Meters(this.#tables);
    this.#now = options.now ?? Date.now;
    this.#latest = new LatestCache(this.#now);
    const fresh = async (): Promise<Asking> => {
      this.#meters.forget();
      return this.#asking();
    };
    this.#work = { connections: () => this.#open(), asking: fresh, settled: () => this.settled() };
    this.#upkeep = new Upkeep(
      { ...this.#work, tables: this.#tables },
      { now: this.#now, retention: options.retention ?? FOR_EVER },
    );
  }

  async append(readings: readonly NormalisedReading[]): Promise<void> {
    checkReadings(readings);
    const connections = await this.#open();
    this.#upkeep.start();
    const present = await this.#meters.present(connections, readings);
    const old = { readings: present, now: this.#now() };
    await appendGuarded(connections, this.#tables, old, async (taken) => {
      await connections.ilp.write(this.#tables.readings, taken, fillReading);
      // In this order, see questdb/marks.ts. Killed in between, the batch is not acknowledged and comes again.
      await writeMarks(connections.marks, quarterMarks(this.#tables), quartersOf(taken));
    });
  }

  async reject(messages: readonly RejectedMessage[]): Promise<void> {
    await this.#documents.reject(await this.#open(), this.#tables.rejected, messages);
  }

  async rejected(query: { device?: string; limit: number }): Promise<RejectedMessage[]> {
    return readRejected(await this.#open(), this.#tables.rejected, query);
  }

  async meters(): Promise<MeterSummary[]> {
    return readSummaries(await this.#asking());
  }

  async latest(meters: readonly string[]): Promise<LatestReading[]> {
    const known = knownForms(meters);
    return known.length === 0 ? [] : this.#latest.read(await this.#asking(), known);
  }

  async *raw(query: RawQuery): AsyncGenerator<NormalisedReading[]> {
    yield* readRaw(query, this.#tables, async () => (await this.#open()).sql);
  }

  async registers(query: RegistersQuery): Promise<string[]> {
    return isMeterId(query.meter) ? readRegisters(await this.#asking(), query) : [];
  }

  async series(query: SeriesQuery): Promise<Bucket[]> {
    return readSeries(await this.#asking(), query);
  }

  async seriesAndWhole(query: SeriesQuery): Promise<{ buckets: Bucket[]; whole: Bucket[] }> {
    return readSeriesAndWhole(await this.#asking(), query);
  }

  async gaps(query: { meter: string; from: number; to: number }): Promise<Gap[]> {
    const meters = knownForms([query.meter]);
    if (meters.length === 0 || query.from >= query.to) return [];
    const asking = await this.#asking();
    const quarters = await quartersAround(asking, query, { counters: false });
    return gapsBetween(quarters, asking.swaps.of(query.meter), query);
  }

  async energySteps(query: { meter: string; from: number; to: number }): Promise<EnergySteps> {
    if (!isMeterId(query.meter) || query.from >= query.to) return { quarters: [], stretches: [] };
    const asking = await this.#asking();
    const quarters = await quartersAround(asking, query, { counters: true });
    return stepsOf(quarters, asking.swaps.of(query.meter), query);
  }

  async deleteMeter(meter: string, deletion: Deletion): Promise<void> {
    if (!isMeterId(meter)) return;
    await deleteMeter(await this.#open(), this.#tables, { meter, ...deletion }, () => this.settled());
    this.#meters.forget();
  }

  async deleted(): Promise<DeletedMeter[]> {
    return this.#meters.deleted(await this.#open());
  }

  async putDocument(...documents: RegistryDocument[]): Promise<void> {
    const connections = await this.#open();
    const { swaps } = await this.#meters.known(connections);
    const ofMeters = documents.filter(({ kind }) => kind === "meter");
    const cuts = ofMeters.flatMap((document) =>
      [...swaps.of(document.id), ...swaps.with(document).of(document.id)].map((t) => ({
        meter: document.id,
        t,
      })),
    );
    const mark = async (): Promise<void> =>
      ofMeters.length > 0
        ? writeMarks(connections.marks, quarterMarks(this.#tables), quartersOf(cuts))
        : undefined;
    // Before, in case this process is killed; and after it is visible, for whoever rolled up in between.
    await mark();
    await this.#documents.put(connections, this.#tables.documents, documents);
    if (ofMeters.length > 0) {
      await this.settled("documents");
      await mark();
      // Other processes see it a moment later; this one must not answer from before.
      const { documents: put, marks } = this.#tables;
      await settle(connections.sql, { documents: put, marks });
    }
    this.#meters.forget();
  }

  async documents(kind: string, ids?: readonly IdRange[]): Promise<RegistryDocument[]> {
    return readDocuments(await this.#open(), this.#tables.documents, kind, ids);
  }

  async settled(what?: "documents"): Promise<void> {
    const { documents } = this.#tables;
    const tables = what === "documents" ? { documents } : this.#tables;
    await settle((await this.#open()).sql, tables);
  }

  async maintain(): Promise<void> {
    await this.#upkeep.run();
    this.#meters.forget();
  }

  async logs(): Promise<Logs> {
    const documents = await readDocumentLog(await this.#open(), this.#tables.documents);
    return { documents, deleted: await this.deleted() };
  }

  async kept(): Promise<Kept | undefined> {
    return keptOf((await this.#open()).sql, await this.#asking());
  }

  async keep(kept: Kept): Promise<void> {
    await keep(kept, this.#work);
  }

  async backup(folder: string): Promise<BackupSummary> {
    await this.settled();
    return backupStore(this, folder);
  }

  async health(): Promise<StoreHealth> {
    try {
      const { behind, suspended } = await readVisibility((await this.#open()).sql, this.#tables);
      const lagMs = this.#lag.ms(behind);
      if (suspended.length > 0) return { ok: false, detail: suspendedSentence(suspended), lagMs };
      const { fault } = this.#upkeep;
      return fault === undefined
        ? { ok: true, lagMs }
        : { ok: false, detail: `readings are stored, but rolling them up fails: ${fault}`, lagMs };
    } catch (error) {
      return { ok: false, detail: messageOf(error), lagMs: 0 };
    }
  }

  async close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#upkeep.close();
      await this.#connections?.ilp.close();
      await this.#connections?.marks.close();
      await this.#connections?.sql.close();
    })();
    await this.#closing;
  }

  async #open(): Promise<Connections> {
    if (this.#closing) throw new PlatformError("store-closed", "the QuestDB store is closed: open a new one");
    const connections = (this.#connections ??= {
      sql: connectSql(this.#options.pgUrl),
      ilp: ilpWriter(this.#options.url),
      marks: ilpWriter(this.#options.url, { once: true }),
    });
    this.#prepared ??= prepareTables(connections.sql, this.#tables).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    await this.#prepared;
    return connections;
  }

  async #asking(): Promise<Asking> {
    const connections = await this.#open();
    const { sql } = connections;
    return {
      query: (text, heavy = false) => sql.query(text, [], { heavy }),
      pair: (first, second) => sql.pair(first, second),
      tables: this.#tables,
      ...(await this.#meters.known(connections)),
      foldInSqlAbove: this.#options.foldInSqlAbove,
    };
  }
}

/** Fills an empty server from a backup of either engine. */
export async function restoreTables(options: QuestdbOptions, folder: string): Promise<BackupSummary> {
  // What the backup has is compared first; processes that append let go of what is too old.
  const store = questdbStore({ ...options, retention: FOR_EVER });
  try {
    return await restoreStore(store, folder);
  } finally {
    await store.close();
  }
}
