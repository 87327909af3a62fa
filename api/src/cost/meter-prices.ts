import { QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type { MeterPriceSlot } from "@smp/schemas/api";
import { localQuarter } from "./clock.ts";
import type { ContractTime } from "./contracts.ts";
import { formatDecimal } from "./decimal.ts";
import { PRICE_DECIMALS, pricing, type PriceLine, type SeriesPrices } from "./price.ts";

/** The end price of every quarter hour; `zone` is the meter's, `tz` that of the answer. */
export function meterPriceSlots(
  contracts: readonly ContractTime[],
  seriesOf: (id: string) => SeriesPrices,
  zone: string,
  tz: string,
): MeterPriceSlot[] {
  return contracts.flatMap(({ tariff, from, to }) => {
    const importAt = tariff ? pricing(tariff, "import", seriesOf) : undefined;
    const exportAt = tariff ? pricing(tariff, "export", seriesOf) : undefined;
    return Array.from({ length: (to - from) / QUARTER_HOUR_MS }, (_, index) => {
      const ms = from + index * QUARTER_HOUR_MS;
      const quarter = localQuarter(ms, zone);
      const [importLines, exportLines] = [importAt?.(quarter), exportAt?.(quarter)];
      return {
        start: toOffsetString(ms, tz),
        end: toOffsetString(ms + QUARTER_HOUR_MS, tz),
        import_price: priceOf(importLines),
        export_price: priceOf(exportLines),
        tariff: tariff?.id ?? null,
        zones: zonesOf([...(importLines ?? []), ...(exportLines ?? [])]),
      };
    });
  });
}

const priceOf = (lines: readonly PriceLine[] | undefined): string | null =>
  lines === undefined
    ? null
    : formatDecimal(
        lines.reduce((sum, { part, net }) => sum + net * part.vat, 0n),
        PRICE_DECIMALS,
      );

const zonesOf = (lines: readonly PriceLine[]): string[] => [
  ...new Set(lines.flatMap(({ part }) => part.zone ?? [])),
];
