import type { CostSeries, EnergyBucket } from "@smp/schemas/api";
import type { VNode } from "preact";
import { meterPath } from "../api/paths.ts";
import { useResource } from "../api/resource.ts";
import { opposite } from "../costs/flows.ts";
import { CostNotes } from "../costs/split.tsx";
import { energyText, moneyText, priceText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { resolutionOf, type Span } from "../time/period.ts";

/** What a bar cost, by which contract, and the prices behind it. */
export function BucketCost({
  meter,
  span,
  bucket,
}: {
  meter: string;
  span: Span;
  bucket: EnergyBucket;
}): VNode | null {
  const query = new URLSearchParams({
    from: String(Date.parse(bucket.start)),
    to: String(Date.parse(bucket.end)),
    resolution: resolutionOf(span.period),
    tz: span.tz,
  });
  const { data, loading } = useResource<CostSeries>(`${meterPath(meter)}/cost?${query}`);
  if (!data || loading || data.currency === null) return null;
  const { currency, total } = data;
  const mean =
    total.import_cost !== null && total.import_kwh ? Number(total.import_cost) / total.import_kwh : undefined;
  return (
    <section class="bucket-cost">
      <h3>
        {text("nav.costs")} <strong>{total.total === null ? "–" : moneyText(total.total, currency)}</strong>
      </h3>
      <table>
        <tbody>
          {total.parts.map((part) => (
            <tr key={`${part.name} ${part.zone} ${part.direction}`}>
              <th scope="row">
                {part.name}
                {part.zone !== undefined && <span class="note"> · {part.zone}</span>}
              </th>
              <td>
                {part.kwh !== null && part.kwh > 0
                  ? `${energyText(part.kwh)} × ${priceText(Number(part.amount) / part.kwh, currency)}`
                  : ""}
              </td>
              <td>
                {moneyText(part.direction === "export" ? opposite(part.amount) : part.amount, currency)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        {mean !== undefined && `${text("cost.mean", { price: priceText(mean, currency) })} · `}
        {data.tariffs.map(({ name }) => name).join(", ")}
      </p>
      <CostNotes bucket={total} />
    </section>
  );
}
