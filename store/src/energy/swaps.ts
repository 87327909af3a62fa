import { PlatformError } from "@smp/schemas";
import type { MeterSwaps, RegistryDocument } from "../store.ts";

const isSwap = (value: unknown): value is { at: number } =>
  typeof value === "object" && value !== null && Number.isSafeInteger((value as { at?: unknown }).at);

/** When a `meter` document says that the meter was exchanged, in order; throws `bad-document` when it cannot be read. */
function swapsIn({ id, value }: RegistryDocument): number[] {
  const { swaps = [] } = (value ?? {}) as MeterSwaps;
  if (!Array.isArray(swaps) || !swaps.every(isSwap))
    throw new PlatformError(
      "bad-document",
      `document meter/${id}: swaps must be a list such as [{ "at": 1780000000000 }], in Unix milliseconds`,
    );
  return [...new Set(swaps.map(({ at }) => at))].sort((a, b) => a - b);
}

/** The instants at which meters were exchanged behind a device that does not say so, by meter id. */
export class Swaps {
  readonly #byMeter = new Map<string, readonly number[]>();

  of(meter: string): readonly number[] {
    return this.#byMeter.get(meter) ?? [];
  }

  /** Those after `from` and up to `to`, of some meters; they cut the differences between readings in that time. */
  within(meters: readonly string[], from: number, to: number): { meter: string; at: number }[] {
    if (this.#byMeter.size === 0) return [];
    return meters.flatMap((meter) =>
      this.of(meter).flatMap((at) => (at > from && at <= to ? { meter, at } : [])),
    );
  }

  /** The instants that a document adds or takes away; nothing for documents of another kind. */
  changes(document: RegistryDocument): number[] {
    if (document.kind !== "meter") return [];
    const [before, after] = [new Set(this.of(document.id)), new Set(swapsIn(document))];
    return [...before].filter((at) => !after.has(at)).concat([...after].filter((at) => !before.has(at)));
  }

  set(document: RegistryDocument): void {
    if (document.kind !== "meter") return;
    const swaps = swapsIn(document);
    if (swaps.length > 0) this.#byMeter.set(document.id, swaps);
    else this.#byMeter.delete(document.id);
  }

  /** The same, with a document taken. */
  with(document: RegistryDocument): Swaps {
    const swaps = new Swaps();
    for (const [meter, list] of this.#byMeter) swaps.#byMeter.set(meter, list);
    swaps.set(document);
    return swaps;
  }

  /** Takes all documents of kind `meter` in place of those before. */
  replace(documents: readonly RegistryDocument[]): void {
    this.#byMeter.clear();
    for (const document of documents) this.set(document);
  }

  delete(meter: string): void {
    this.#byMeter.delete(meter);
  }
}

/**
 * An expression that numbers the stretches between swaps, so that differences are taken within one only. `meter` says
 * how a table names a meter, `time` how it writes an instant, in `column`.
 */
export function segmentSql(
  swaps: readonly { meter: string; at: number }[],
  meter: (id: string) => string,
  time: (ms: number) => string,
  column = "ts",
): string {
  const steps = swaps.map(
    (swap) => `CASE WHEN meter = ${meter(swap.meter)} AND ${column} >= ${time(swap.at)} THEN 1 ELSE 0 END`,
  );
  return steps.length === 0 ? "0" : steps.join(" + ");
}
