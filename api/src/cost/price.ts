import type { DynamicPrice, PriceComponent, Tariff, TimeOfUsePrice } from "@smp/schemas/api";
import type { LocalQuarter } from "./clock.ts";
import { parseDecimal } from "./decimal.ts";
import { ZoneFinder } from "./zones.ts";

/**
 * Decimals of a price per kWh, so that it is exact: 10 of a series and 2 of the mean of four, 6 of a factor, 4 of the VAT.
 */
export const PRICE_DECIMALS = 22;
const NET_DECIMALS = 18;
const VAT_DECIMALS = 4;
const FACTOR_DECIMALS = 6;

/** Prices of a series by the start of their quarter hour, as integers of 12 decimals; undefined where there is none. */
export interface SeriesPrices {
  at(ms: number): bigint | undefined;
  /** The mean of the full hour; undefined when a quarter hour of it is missing. */
  hourAt(ms: number): bigint | undefined;
}

/** What one component adds to the price in a quarter hour. Lines with the same `part` are the same object. */
export interface PriceLine {
  part: PartName;
  /** Per kWh with VAT, PRICE_DECIMALS. */
  price: bigint;
}

export interface PartName {
  name: string;
  zone?: string;
}

/** The line of a component in a quarter hour; undefined while its price is not known. */
type LineAt = (quarter: LocalQuarter) => PriceLine | undefined;

/** 1 + VAT as an integer of 4 decimals. */
export const vatFactor = ({ vat_percent }: Tariff, applies: boolean): bigint =>
  10n ** BigInt(VAT_DECIMALS) + (applies ? parseDecimal(vat_percent, VAT_DECIMALS - 2) : 0n);

/** One direction of a contract, ready to price quarter hours. */
export function pricing(
  tariff: Tariff,
  direction: "import" | "export",
  seriesOf: (id: string) => SeriesPrices,
): (quarter: LocalQuarter) => PriceLine[] | undefined {
  const components = tariff[direction].map((component) => lineAt(component, tariff, direction, seriesOf));
  return (quarter) => {
    const lines: PriceLine[] = [];
    for (const component of components) {
      const line = component(quarter);
      if (!line) return undefined;
      lines.push(line);
    }
    return lines;
  };
}

function lineAt(
  component: PriceComponent,
  tariff: Tariff,
  direction: "import" | "export",
  seriesOf: (id: string) => SeriesPrices,
): LineAt {
  const vat = vatFactor(tariff, component.vat ?? direction === "import");
  if (component.kind === "fixed") {
    const line = { part: { name: component.name }, price: parseDecimal(component.price, NET_DECIMALS) * vat };
    return () => line;
  }
  return component.kind === "time-of-use"
    ? timeOfUse(component, vat, tariff.holidays ?? [])
    : dynamic(component, vat, seriesOf(component.series));
}

function timeOfUse(component: TimeOfUsePrice, vat: bigint, holidays: readonly string[]): LineAt {
  const finder = new ZoneFinder(component, holidays);
  const lines = [...component.zones, component.otherwise].map(({ name, price }) => ({
    part: { name: component.name, zone: name },
    price: parseDecimal(price, NET_DECIMALS) * vat,
  }));
  return (quarter) => lines[finder.at(quarter)];
}

function dynamic(component: DynamicPrice, vat: bigint, series: SeriesPrices): LineAt {
  const net = (text: string | undefined): bigint | undefined =>
    text === undefined ? undefined : parseDecimal(text, NET_DECIMALS);
  const factor = parseDecimal(component.factor ?? "1", FACTOR_DECIMALS);
  const markup = net(component.markup) ?? 0n;
  const [minimum, maximum] = [net(component.minimum), net(component.maximum)];
  const part = { name: component.name };
  return ({ ms }) => {
    const market = component.slot === "1h" ? series.hourAt(ms) : series.at(ms);
    if (market === undefined) return undefined;
    let price = market * factor + markup;
    if (minimum !== undefined && price < minimum) price = minimum;
    if (maximum !== undefined && price > maximum) price = maximum;
    return { part, price: price * vat };
  };
}
