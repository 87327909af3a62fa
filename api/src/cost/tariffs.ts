import { parseInstant } from "@smp/schemas";
import type { PriceComponent, Tariff } from "@smp/schemas/api";
import { isTariff } from "@smp/schemas/validate";
import type { Store } from "@smp/store";
import { codeOf, invalidBody } from "../request/body.ts";
import { parseDecimal } from "./decimal.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";

const KIND = "tariff";
const TARIFFS_MAX = 1_000;
/** An address of its own: /v1/tariffs/examples. */
const RESERVED = "examples";

/** The contracts, which rest in the store as documents. */
export async function tariffsOf(store: Store): Promise<Tariff[]> {
  return (await store.documents(KIND)).map(({ value }) => value as Tariff);
}

export const unknownTariff = (id: string): HttpProblem =>
  new HttpProblem("unknown-tariff", `There is no contract ${quoted(id)}. /v1/tariffs lists all.`);

/** Makes or replaces a contract; refuses one that shares a day with another one of the same meter. */
export async function putTariff(store: Store, tariff: Tariff, now: number): Promise<"made" | "changed"> {
  return (await putTariffs(store, [tariff], now)) > 0 ? "made" : "changed";
}

/** The same of several, by what all contracts are then: none is written when one is refused. Returns how many are new. */
export async function putTariffs(store: Store, tariffs: readonly Tariff[], now: number): Promise<number> {
  const next = new Map((await tariffsOf(store)).map((tariff) => [tariff.id, tariff]));
  const before = next.size;
  for (const tariff of tariffs) next.set(tariff.id, tariff);
  if (next.size > Math.max(before, TARIFFS_MAX))
    throw invalidBody("", `there are ${TARIFFS_MAX} contracts already: delete one that is no longer needed`);
  for (const tariff of tariffs)
    for (const other of next.values())
      if (other.id !== tariff.id && sharedMeters(tariff, other) !== undefined && overlap(tariff, other))
        throw overlapProblem(tariff, other);
  await store.putDocument(...tariffs.map((tariff) => ({ kind: KIND, id: tariff.id, value: tariff, t: now })));
  return next.size - before;
}

/** Removes a contract; false when there is none of that id. */
export async function deleteTariff(store: Store, id: string, now: number): Promise<boolean> {
  const found = (await tariffsOf(store)).some((tariff) => tariff.id === id);
  if (found) await store.putDocument({ kind: KIND, id, value: null, t: now });
  return found;
}

/** The meters that both are for, in words; undefined when there are none. */
function sharedMeters(a: Tariff, b: Tariff): string | undefined {
  if (a.meters === null || b.meters === null)
    return a.meters === b.meters ? "every meter without a contract of its own" : undefined;
  const own = new Set(a.meters);
  return b.meters.find((meter) => own.has(meter));
}

// Dates compare as texts.
const overlap = (a: Tariff, b: Tariff): boolean =>
  a.valid_from < (b.valid_to ?? "9999") && b.valid_from < (a.valid_to ?? "9999");

function overlapProblem(tariff: Tariff, rival: Tariff): HttpProblem {
  const from = tariff.valid_from > rival.valid_from ? tariff.valid_from : rival.valid_from;
  return new HttpProblem(
    "tariff-overlap",
    `Contracts ${quoted(tariff.id)} and ${quoted(rival.id)} are both for ${sharedMeters(tariff, rival)} from ${from} on: end one before the other begins.`,
    { errors: [{ pointer: "/valid_from", code: "overlap", detail: `shares days with ${quoted(rival.id)}` }] },
  );
}

/** Checks a body as a contract; throws a problem that points to the first fault. `at` is where the contract is in the body. */
export function checkedTariff(value: unknown, at = ""): Tariff {
  if (!isTariff(value)) {
    const fault = isTariff.errors?.[0];
    const property = fault?.params["additionalProperty"] as string | undefined;
    const detail = `${fault?.message ?? "does not match the contract's schema"}${property === undefined ? "" : ` (${quoted(property)})`}`;
    throw invalidBody(`${at}${fault?.instancePath ?? ""}`, detail, codeOf(fault));
  }
  checkDates(value, at);
  for (const direction of ["import", "export"] as const)
    value[direction].forEach((component, index) => checkComponent(component, `${at}/${direction}/${index}`));
  if (value.id === RESERVED) throw invalidBody(`${at}/id`, `may not be ${quoted(RESERVED)}`);
  return value;
}

function checkDates(tariff: Tariff, at: string): void {
  const dates = [
    [tariff.valid_from, "/valid_from"],
    [tariff.valid_to, "/valid_to"],
    ...(tariff.holidays ?? []).map((date, index) => [date, `/holidays/${index}`] as const),
  ] as const;
  for (const [date, pointer] of dates)
    if (date !== null && parseInstant(date, "UTC") === undefined)
      throw invalidBody(`${at}${pointer}`, `is ${quoted(date)}, a date that does not exist`, "no-such-date");
  if (tariff.valid_to !== null && tariff.valid_to <= tariff.valid_from)
    throw invalidBody(
      `${at}/valid_to`,
      `must lie after valid_from; it is the day after the last one`,
      "not-after",
    );
}

function checkComponent(component: PriceComponent, at: string): void {
  if (component.kind === "time-of-use")
    component.zones.forEach(({ from = "00:00", to = "24:00" }, index) => {
      if (from === to)
        throw invalidBody(
          `${at}/zones/${index}/to`,
          `is the same time as "from": leave both out for the whole day`,
          "same-time",
        );
    });
  if (component.kind !== "dynamic") return;
  const { minimum, maximum } = component;
  if (minimum !== undefined && maximum !== undefined && parseDecimal(minimum, 8) > parseDecimal(maximum, 8))
    throw invalidBody(`${at}/minimum`, `is above the maximum`, "above-maximum");
}
