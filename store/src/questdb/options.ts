import type { Retention } from "../retention.ts";

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
