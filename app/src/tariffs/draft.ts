import type { PriceComponent, Session, Tariff } from "@smp/schemas/api";
import { shiftDays } from "../time/period.ts";

export type Kind = PriceComponent["kind"];

const PRICE = "0.15";

export const blankComponent = (
  kind: Kind,
  name: string,
  otherwise: string,
  series: string,
  price = PRICE,
): PriceComponent => {
  if (kind === "fixed") return { name, kind, price };
  if (kind === "dynamic") return { name, kind, series, factor: "1", markup: "0.015" };
  return {
    name,
    kind,
    zones: [{ name: "1", price: "0.10", from: "10:00", to: "16:00" }],
    otherwise: { name: otherwise, price },
  };
};

/** The price of most hours, where it is one that was entered: it stays when the kind changes. */
export const mainPriceOf = (component: PriceComponent): string | undefined =>
  component.kind === "fixed"
    ? component.price
    : component.kind === "time-of-use"
      ? component.otherwise.price
      : undefined;

/** The meters of a new contract: those that the token names, for it may not say what the others cost; null: every one. */
export const metersOf = (session: Session | undefined): string[] | null =>
  session?.meters && session.meters.length > 0 ? session.meters : null;

/** Takes a meter into a contract or out of it; undefined: it would be for none. `own`: those of `metersOf`. */
export function withMeter(
  chosen: readonly string[] | null,
  { id, on, all, own }: { id: string; on: boolean; all: readonly string[]; own: readonly string[] | null },
): string[] | null | undefined {
  const next = all.filter((known) => (known === id ? on : (chosen?.includes(known) ?? true)));
  if (next.length === 0) return undefined;
  return own === null && next.length === all.length ? null : next;
}

export const blankTariff = (
  from: string,
  words: { energy: string; base: string },
  meters: string[] | null = null,
  others: readonly Pick<Tariff, "currency" | "valid_to">[] = [],
): Tariff => ({
  id: "",
  name: "",
  meters,
  valid_from: from,
  valid_to: null,
  // That of the contract which runs now: a household's costs are in one currency.
  currency: (others.find(({ valid_to: end }) => end === null) ?? others.at(-1))?.currency ?? "EUR",
  vat_percent: "20",
  base_fees: [{ name: words.base, amount: "3.50", per: "month" }],
  import: [{ name: words.energy, kind: "fixed", price: "0.15" }],
  export: [],
});

/** An example in the language of the screen, where it has that; a contract made of it has one language only. */
export function inLanguage({ texts, ...tariff }: Tariff, language: string): Tariff {
  const { names = {}, ...own } = texts?.[language] ?? {};
  const named = <T extends { name: string }>(part: T): T => ({
    ...part,
    name: names[part.name] ?? part.name,
  });
  const component = (one: PriceComponent): PriceComponent =>
    one.kind === "time-of-use"
      ? named({ ...one, zones: one.zones.map(named), otherwise: named(one.otherwise) })
      : named(one);
  return {
    ...tariff,
    ...own,
    base_fees: tariff.base_fees.map(named),
    import: tariff.import.map(component),
    export: tariff.export.map(component),
  };
}

/** An id that the API takes, from the name and the first day, and that nobody has yet. */
export function freeId(name: string, from: string, taken: readonly string[]): string {
  const word = name
    .toLowerCase()
    .replace(/ä/g, "ae")
    .replace(/ö/g, "oe")
    .replace(/ü/g, "ue")
    .replace(/ß/g, "ss")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  const id = `${word === "" ? "tarif" : word}-${from}`;
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? id : `${id}-${count}`;
    if (!taken.includes(candidate)) return candidate;
  }
}

const sharesMeters = (a: Tariff, b: Tariff): boolean =>
  a.meters === null || b.meters === null
    ? a.meters === b.meters
    : a.meters.some((meter) => b.meters?.includes(meter));

/** The contract without end that runs when `draft` begins, for the same meters: saving the draft ends it the day before. */
export function predecessorOf(draft: Tariff, all: readonly Tariff[]): Tariff | undefined {
  return all.find(
    (other) =>
      other.id !== draft.id &&
      other.valid_to === null &&
      other.valid_from < draft.valid_from &&
      sharesMeters(other, draft),
  );
}

/** The meters of the contract before a draft that the draft is not for. */
export const leftBehind = (before: Tariff, draft: Tariff): string[] =>
  before.meters?.filter((meter) => draft.meters !== null && !draft.meters.includes(meter)) ?? [];

export const lastDay = (validTo: string): string => shiftDays(validTo, -1);
