import { readDocuments, Documents } from "./documents.ts";
import { DirtyQuarters } from "./dirty.ts";
import { Deleted } from "./meters.ts";
import { Names } from "./names.ts";
import { loadLatest } from "./newest.ts";
import { openDatabase, type Database, type DuckdbOptions } from "./open.ts";
import { loadExpiry, type Expiry } from "./retention.ts";
import { Upkeep } from "./upkeep.ts";
import { LatestReadings } from "../latest.ts";
import { ReadingRows } from "./rows.ts";
import { FOR_EVER } from "../retention.ts";
import { Swaps } from "../energy/swaps.ts";

const FOLD_IN_SQL_ABOVE = 10_000;

/** An open file, with what is kept of it in memory. */
export interface Opened {
  database: Database;
  names: Names;
  latest: LatestReadings;
  /** Meters with readings that a failed append may have committed, and the newest of them, ms. */
  unsure: Map<string, number>;
  dirty: DirtyQuarters;
  swaps: Swaps;
  deleted: Deleted;
  expiry: Expiry;
  documents: Documents;
  rows: ReadingRows;
  upkeep: Upkeep;
  /** Meters times quarter hours above which a query is heavy and is folded by the database. */
  foldInSqlAbove: number;
}

export async function open(options: DuckdbOptions): Promise<Opened> {
  const database = await openDatabase(options);
  return database.write(async (connection) => {
    const names = await Names.load(connection);
    const latest = new LatestReadings();
    await loadLatest(connection, latest, names);
    const dirty = await DirtyQuarters.load(connection);
    const swaps = new Swaps();
    swaps.replace(await readDocuments(connection, "meter"));
    const expiry = await loadExpiry(connection);
    const state = { database, names, latest, dirty, swaps, expiry };
    const upkeep = new Upkeep(state, {
      now: options.now ?? Date.now,
      retention: options.retention ?? FOR_EVER,
      ...(options.rollUpAtOnce !== undefined && { rollUpAtOnce: options.rollUpAtOnce }),
    });
    const [deleted, documents] = [await Deleted.load(connection), await Documents.load(connection)];
    const { foldInSqlAbove = FOLD_IN_SQL_ABOVE } = options;
    const rows = new ReadingRows(connection);
    return { ...state, upkeep, deleted, documents, rows, unsure: new Map(), foldInSqlAbove };
  });
}
