import { DAY_MS, messageOf, QUARTER_HOUR_MS } from "@smp/schemas";
import { startOfQuarter } from "../energy/energy.ts";
import { Lanes } from "../lanes.ts";
import { rollUpDays } from "./days.ts";
import { SwapMarks } from "./swap-marks.ts";
import { dayMarks, dropOldMarks, quarterMarks } from "./marks.ts";
import { expire } from "./retention.ts";
import { rollUp, type RollUp } from "./rollup.ts";
import { msOf } from "./read.ts";
import type { Tables } from "./schema.ts";
import { resumeSuspended } from "./visibility.ts";
import { rawCutMs, rollUpCutMs, trustedNow, type Retention } from "../retention.ts";

/** Time between two runs, up to twice as long: of several processes, the one that comes first has the work. */
const EVERY_MS = 40_000;
const AFTER_FAULT_MS = 3_000;

/** What processes that append do beside it: they roll up quarter hours that are over, and let go of old readings. */
export class Upkeep {
  readonly #work: RollUp & { tables: Tables };
  readonly #retention: Retention;
  readonly #now: () => number;
  readonly #lane = new Lanes("maintain", 1);
  readonly #swapMarks = new SwapMarks();
  readonly #startedMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #fault: string | undefined;

  constructor(work: RollUp & { tables: Tables }, options: { now: () => number; retention: Retention }) {
    this.#work = work;
    this.#retention = options.retention;
    this.#now = options.now;
  }

  /** Why the last attempt failed. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** From now on by itself; a second call does nothing. */
  start(): void {
    if (this.#timer || this.#ended) return;
    const waitMs = this.#fault === undefined ? EVERY_MS : AFTER_FAULT_MS;
    this.#timer = setTimeout(() => void this.#again(), waitMs * (1 + Math.random())).unref();
  }

  async #again(): Promise<void> {
    // What fails in the background is told by health().
    await this.run().catch(() => undefined);
    this.#timer = undefined;
    this.start();
  }

  async run(): Promise<void> {
    await this.#lane.run(async () => {
      try {
        await this.#run();
        this.#fault = undefined;
      } catch (error) {
        this.#fault = messageOf(error);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#lane.idle();
  }

  async #run(): Promise<void> {
    const now = this.#now();
    const { tables, connections } = this.#work;
    await resumeSuspended((await connections()).sql, tables);
    await this.#swapMarks.mark(this.#work);
    // All but the quarter hours of now: they would be rolled up again and again. What clocks of the future sent may be.
    const before = startOfQuarter(now);
    await rollUp(this.#work, { before, after: before + 4 * QUARTER_HOUR_MS });
    const today = Math.floor(now / DAY_MS) * DAY_MS;
    await rollUpDays(this.#work, { before: today, after: today + DAY_MS });
    const { sql } = await connections();
    const [newest] = await sql.query(`SELECT max(ts)::long AS us FROM ${tables.readings}`);
    const upMs = performance.now() - this.#startedMs;
    const trusted = trustedNow(now, { newestMs: msOf(newest?.["us"]), upMs });
    const [rawMs, rollUpMs] = [rawCutMs(this.#retention, trusted), rollUpCutMs(this.#retention, trusted)];
    await expire({ rawMs, rollUpMs }, tables, this.#work);
    for (const marks of [quarterMarks(tables), dayMarks(tables)]) await dropOldMarks(sql, marks);
  }
}
