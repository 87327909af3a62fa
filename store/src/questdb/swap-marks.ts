import { quarterMarks, writeMarks } from "./marks.ts";
import { quartersOf, type RollUp } from "./rollup.ts";
import { numberOf } from "./sql.ts";
import { Swaps } from "../energy/swaps.ts";

/** So far behind another one's a process' clock may be, or what it wrote may be seen so much later. */
const LATE_US = 300_000_000;

/**
 * Marks the quarter hours of meters' swaps that this process rolled up without, perhaps: of documents that were written since it last
 * looked, all when it starts, and also of swaps that are told no more. Whoever puts such a document does so too; but it may be killed between the two.
 */
export class SwapMarks {
  #seenUs = Number.NEGATIVE_INFINITY;

  /** To be called before a roll-up: what it does not find, the roll-up knows, or the next call finds. */
  async mark({ connections, asking, settled }: RollUp): Promise<void> {
    const { sql, marks } = await connections();
    const { tables } = await asking();
    const rows = (
      await sql.query(`SELECT id, value, ts::long AS us FROM ${tables.documents} WHERE kind = 'meter'`)
    ).map(({ id, value, us }) => ({ id: String(id), value, us: numberOf(us) ?? 0 }));
    const isNew = new Set(rows.flatMap(({ id, us }) => (us > this.#seenUs - LATE_US ? [id] : [])));
    const instants = rows.flatMap(({ id, value }) => {
      if (!isNew.has(id) || typeof value !== "string") return [];
      const swaps = new Swaps();
      swaps.set({ kind: "meter", id, value: JSON.parse(value) as unknown, t: 0 });
      return swaps.of(id).map((t) => ({ meter: id, t }));
    });
    if (instants.length > 0) {
      await writeMarks(marks, quarterMarks(tables), quartersOf(instants));
      await settled();
    }
    this.#seenUs = rows.reduce((newest, { us }) => Math.max(newest, us), this.#seenUs);
  }
}
