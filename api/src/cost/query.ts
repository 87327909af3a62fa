import { bucketBounds, toOffsetString } from "@smp/schemas";
import type { Tariff } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { contractTimes, type ContractTime } from "./contracts.ts";
import type { SeriesPrices } from "./price.ts";
import { quarterEnergy, type QuarterEnergy } from "./quarter-energy.ts";
import { seriesPrices } from "./series-prices.ts";
import type { TimeRange } from "../request/parameters.ts";
import { priceHeads, readQuarterPrices } from "../prices/series.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import { tariffsOf } from "./tariffs.ts";

/** The contracts of a meter in a range, and the prices that they refer to. */
export interface Priced {
  contracts: ContractTime[];
  seriesOf: (id: string) => SeriesPrices;
  /** Of all contracts; null when there are none. */
  currency: string | null;
}

/**
 * Reads what prices a meter's energy in a range. `tz` is the meter's zone. With `instead` that contract counts all the
 * time, whatever its dates. Throws a 422 problem when there is more than one currency.
 */
export async function readPricing(
  store: Store,
  meter: string,
  tz: string,
  range: TimeRange,
  instead?: Tariff,
): Promise<Priced> {
  const contracts = instead
    ? [{ tariff: instead, ...range }]
    : contractTimes(await tariffsOf(store), meter, tz, range);
  const currency = oneCurrency(contracts, tz);
  const ids = new Set(
    contracts.flatMap(({ tariff }) =>
      tariff
        ? [...tariff.import, ...tariff.export].flatMap((part) => (part.kind === "dynamic" ? part.series : []))
        : [],
    ),
  );
  const series = new Map<string, SeriesPrices>();
  if (ids.size > 0 && currency !== null) {
    await checkCurrencies(store, ids, currency);
    const hours = bucketBounds(range.from, range.to, "1h", tz);
    const [from = range.from, to = range.to] = [hours[0], hours.at(-1)];
    for (const id of ids)
      series.set(id, seriesPrices(from, await readQuarterPrices(store, { id, currency }, from, to), tz));
  }
  const none = seriesPrices(0, [], tz);
  return { contracts, currency, seriesOf: (id) => series.get(id) ?? none };
}

function oneCurrency(contracts: readonly ContractTime[], tz: string): string | null {
  let before: Tariff | undefined;
  for (const { tariff, from } of contracts) {
    if (before && tariff && tariff.currency !== before.currency)
      throw new HttpProblem(
        "currency-change",
        `Contract ${quoted(before.id)} is in ${before.currency} and ${quoted(tariff.id)} in ${tariff.currency}: ask up to and from ${toOffsetString(from, tz)} apart.`,
      );
    before = tariff ?? before;
  }
  return before?.currency ?? null;
}

async function checkCurrencies(store: Store, ids: ReadonlySet<string>, currency: string): Promise<void> {
  const other = (await priceHeads(store)).find((head) => ids.has(head.id) && head.currency !== currency);
  if (other)
    throw new HttpProblem(
      "currency-change",
      `The price series ${quoted(other.id)} is in ${other.currency}, the contract in ${currency}: use a series in ${currency}.`,
    );
}

/** Reads a meter's energy per quarter hour, that of gaps spread. */
export async function readEnergy(store: Store, meter: string, range: TimeRange): Promise<QuarterEnergy> {
  return quarterEnergy(range, await store.energySteps({ meter, ...range }));
}
