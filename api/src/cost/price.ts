import type { DynamicPrice, PriceComponent, Tariff, TimeOfUsePrice } from "@smp/schemas/api";
import type { LocalQuarter } from "./clock.ts";
import { parseDecimal } from "./decimal.ts";
import { ZoneFinder } from "./zones.ts";

/** Decimals of a price per kWh before VAT, so that it is exact: 10 of a series, 2 of the mean of four, 6 of a factor. */
const NET_DECIMALS = 18;
const VAT_DECIMALS = 4;
/** Decimals of a price with VAT. */
export const PRICE_DECIMALS: number = NET_DECIMALS + VAT_DECIMALS;
const FACTOR_DECIMALS = 6;

/** Prices of a series by the start of their quarter hour, as integers of 12 decimals; undefined where there is none. */
export interface SeriesPrices {
  at(ms: number): bigint | undefined;
  /** The mean of the full hour by the meter's clock; undefined when a quarter hour of it is missing. */
  hourAt(quarter: LocalQuarter): bigint | undefined;
}

/** What one component adds to the price in a quarter hour; `net × part.vat` has PRICE_DECIMALS. */
export interface PriceLine {
  part: PricePart;
  /** Per kWh before VAT. */
  net: bigint;
}

/** A component, or a zone of it: one object for all quarter hours, so that sums can be kept by it. */
export interface PricePart {
  name: string;
  zone?: string;
  /** 1 + VAT as an integer of VAT_DECIMALS. */
  vat: bigint;
  /** The price, where it is always the same. */
  net?: bigint;
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
    const line = constantLine({ name: component.name, vat }, component.price);
    return () => line;
  }
  return component.kind === "time-of-use"
    ? timeOfUse(component, vat, tariff.holidays ?? [])
    : dynamic(component, vat, seriesOf(component.series));
}

function constantLine(part: PricePart, price: string): PriceLine {
  const net = parseDecimal(price, NET_DECIMALS);
  return { part: { ...part, net }, net };
}

function timeOfUse(component: TimeOfUsePrice, vat: bigint, holidays: readonly string[]): LineAt {
  const finder = new ZoneFinder(component, holidays);
  const lines = [...component.zones, component.otherwise].map(({ name, price }) =>
    constantLine({ name: component.name, zone: name, vat }, price),
  );
  return (quarter) => lines[finder.at(quarter)];
}

function dynamic(component: DynamicPrice, vat: bigint, series: SeriesPrices): LineAt {
  const net = (text: string | undefined): bigint | undefined =>
    text === undefined ? undefined : parseDecimal(text, NET_DECIMALS);
  const factor = parseDecimal(component.factor ?? "1", FACTOR_DECIMALS);
  const markup = net(component.markup) ?? 0n;
  const [minimum, maximum] = [net(component.minimum), net(component.maximum)];
  const part = { name: component.name, vat };
  return (quarter) => {
    const market = component.slot === "1h" ? series.hourAt(quarter) : series.at(quarter.ms);
    if (market === undefined) return undefined;
    let price = market * factor + markup;
    if (minimum !== undefined && price < minimum) price = minimum;
    if (maximum !== undefined && price > maximum) price = maximum;
    return { part, net: price };
  };
}
