import { deviceOf } from "@smp/schemas";
import type { Visibility } from "@smp/schemas/api";
import type { RegistryDocument } from "@smp/store";

export const METER_KIND = "meter";

/** What the platform was told about a meter; everything may be missing. */
export interface MeterRecord {
  name?: string;
  timeZone?: string;
  visibility?: Visibility;
  connectionLimitW?: number;
  /** When the meter behind the device was replaced, Unix ms, ascending; the store reads them too. */
  swaps?: readonly { at: number }[];
  /** No household is behind it. */
  simulated?: boolean;
  /** The simulated device's meter was deleted: it does not begin again by itself. */
  ended?: boolean;
}

/**
 * Settings by meter; what stands for a device holds for every meter behind it that has none of its own. Not its visibility and its
 * swaps: they are of the meter that has the device's id, and others behind it may be other people's.
 */
export class MeterSettings {
  readonly #records: ReadonlyMap<string, MeterRecord>;

  constructor(documents: readonly RegistryDocument[]) {
    this.#records = new Map(documents.map(({ id, value }) => [id, value as MeterRecord]));
  }

  of(meter: string): MeterRecord {
    const own = this.#records.get(meter);
    const device = deviceOf(meter);
    if (own || device === meter) return own ?? {};
    const { visibility, swaps: _, ...inherited } = this.#records.get(device) ?? {};
    return inherited.simulated && visibility ? { ...inherited, visibility } : inherited;
  }

  visibility(meter: string): Visibility {
    return this.of(meter).visibility ?? "private";
  }
}
