import type { CostBucket } from "@smp/schemas/api";
import type { VNode } from "preact";
import { energyText, moneyText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { opposite } from "./flows.ts";

/** The three as one bar. */
function SplitBar({ bucket }: { bucket: CostBucket }): VNode | null {
  const shares = [
    { name: "energy", value: Math.max(0, Number(bucket.import_cost ?? 0)) },
    { name: "base", value: Math.max(0, Number(bucket.base_fee ?? 0)) },
    { name: "credit", value: Math.max(0, Number(bucket.export_credit ?? 0)) },
  ];
  const most = shares.reduce((sum, share) => sum + share.value, 0);
  if (most === 0) return null;
  return (
    <svg class="split" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      {shares.map((share, index) => {
        const before = shares.slice(0, index).reduce((sum, { value }) => sum + value, 0);
        return (
          <rect
            key={share.name}
            class={share.name}
            x={(before / most) * 1000}
            width={(share.value / most) * 1000}
            height="10"
          />
        );
      })}
    </svg>
  );
}

/** Energy, base fees and feed-in, and each of them by component and zone. */
export function CostSplit({ bucket, currency }: { bucket: CostBucket; currency: string }): VNode {
  const money = (amount: string | null, signed = (exact: string): string => exact): string =>
    amount === null ? "–" : moneyText(signed(amount), currency);
  const parts = (direction: "import" | "base" | "export", signed?: (exact: string) => string): VNode[] =>
    bucket.parts
      .filter((part) => part.direction === direction)
      .map((part) => (
        <tr key={`${part.name} ${part.zone}`} class="part">
          <th scope="row">
            {part.name}
            {part.zone !== undefined && <span class="note"> · {part.zone}</span>}
          </th>
          <td>{part.kwh === null ? "" : energyText(part.kwh)}</td>
          <td>{money(part.amount, signed)}</td>
        </tr>
      ));
  const longest = (...texts: string[]): number => Math.max(...texts.map(({ length }) => length));
  const { import_cost: spent, base_fee: base, export_credit: credit, total } = bucket;
  const letters =
    longest(energyText(bucket.import_kwh ?? 0), energyText(bucket.export_kwh ?? 0)) +
    longest(money(spent), money(base), money(credit, opposite), money(total));
  return (
    <>
      <SplitBar bucket={bucket} />
      <table class="split-table" style={{ "--letters": String(letters) }}>
        <caption class="visually-hidden">{text("cost.split")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("cost.part")}</th>
            <th scope="col">{text("energy")}</th>
            <th scope="col">{text("cost.amount")}</th>
          </tr>
        </thead>
        <tbody>
          <tr class="sum energy">
            <th scope="row">{text("cost.energy")}</th>
            <td>{bucket.import_kwh === null ? "" : energyText(bucket.import_kwh)}</td>
            <td>{money(bucket.import_cost)}</td>
          </tr>
          {parts("import")}
          <tr class="sum base">
            <th scope="row">{text("cost.base")}</th>
            <td />
            <td>{money(bucket.base_fee)}</td>
          </tr>
          {parts("base")}
          {bucket.export_credit !== null && (
            <tr class="sum credit">
              <th scope="row">{text("cost.credit")}</th>
              <td>{bucket.export_kwh === null ? "" : energyText(bucket.export_kwh)}</td>
              <td>{money(bucket.export_credit, opposite)}</td>
            </tr>
          )}
          {bucket.export_credit !== null && parts("export", opposite)}
          <tr class="sum total">
            <th scope="row">{text("cost.total")}</th>
            <td />
            <td>{money(bucket.total)}</td>
          </tr>
        </tbody>
      </table>
    </>
  );
}

/** What the amount does not know for sure. */
export function CostNotes({ bucket }: { bucket: CostBucket }): VNode | null {
  const notes = [
    bucket.estimated_kwh > 0 ? text("cost.estimated", { energy: energyText(bucket.estimated_kwh) }) : "",
    bucket.unpriced_kwh > 0 ? text("cost.unpriced", { energy: energyText(bucket.unpriced_kwh) }) : "",
  ].filter((note) => note !== "");
  return notes.length === 0 ? null : <p class="note cost-notes">{notes.join(" · ")}</p>;
}
