import type { DynamicPrice, PriceSeriesList, PriceSlots } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useResource } from "../api/resource.ts";
import { factorText, priceText } from "../format/numbers.ts";
import { clockText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { meterTz } from "../state/meters.ts";
import { localDate } from "../time/period.ts";
import { ChoiceField, DecimalField } from "../ui/fields.tsx";

/** The formula as the platform counts it: series × factor + markup, kept within the limits. Before VAT. */
function dynamicPrice(component: DynamicPrice, seriesPrice: number): number {
  const raw = seriesPrice * Number(component.factor ?? 1) + Number(component.markup ?? 0);
  return Math.min(
    Number(component.maximum ?? Infinity),
    Math.max(Number(component.minimum ?? -Infinity), raw),
  );
}

/** The formula with the price of this hour, so that one sees what it does. */
function Example({ component }: { component: DynamicPrice }): VNode | null {
  const tz = meterTz.value;
  const query = new URLSearchParams({ from: localDate(minuteMs.value, tz), tz });
  const { data } = useResource<PriceSlots>(`v1/prices/${encodeURIComponent(component.series)}?${query}`);
  const slot = data?.slots.find(({ end }) => Date.parse(end) > minuteMs.value) ?? data?.slots.at(-1);
  if (!data || !slot) return <p class="note">{text("dynamic.noPrices")}</p>;
  const price = Number(slot.price);
  return (
    <p class="example" role="status">
      {text("dynamic.example", {
        time: clockText(Date.parse(slot.start), tz),
        series: priceText(price, data.currency),
        factor: factorText(component.factor ?? "1"),
        markup: priceText(component.markup ?? "0", data.currency),
        price: priceText(dynamicPrice(component, price), data.currency),
      })}
    </p>
  );
}

export interface DynamicFieldsProps {
  component: DynamicPrice;
  /** Of its prices: `ct/kWh`. */
  unit: string;
  onChange: (component: DynamicPrice) => void;
}

/** What the price never falls below, or rises above. */
function Limits({ component, unit, onChange }: DynamicFieldsProps): VNode {
  return (
    <>
      {(["minimum", "maximum"] as const).map((limit) => (
        <DecimalField
          key={limit}
          label={text(`dynamic.${limit}`)}
          value={component[limit] ?? ""}
          unit={unit}
          cents
          signed
          optional
          hint={text("dynamic.noLimit")}
          onInput={(price) => {
            const { [limit]: _, ...rest } = component;
            onChange(price === "" ? rest : { ...rest, [limit]: price });
          }}
        />
      ))}
    </>
  );
}

/** An exchange's price with what the supplier makes of it. */
export function DynamicFields({ component, unit, onChange }: DynamicFieldsProps): VNode {
  const list = useResource<PriceSeriesList>("v1/prices").data?.series ?? [];
  const series = list.map(({ id, name }): [string, string] => [id, name]);
  const known = list.some(({ id }) => id === component.series);
  return (
    <>
      <div class="fields">
        <ChoiceField
          label={text("dynamic.series")}
          value={component.series}
          options={known ? series : [[component.series, component.series], ...series]}
          onChange={(id) => onChange({ ...component, series: id })}
        />
        <DecimalField
          label={text("dynamic.factor")}
          value={component.factor ?? "1"}
          unit="×"
          onInput={(factor) => onChange({ ...component, factor })}
        />
        <DecimalField
          label={text("dynamic.markup")}
          value={component.markup ?? "0"}
          unit={unit}
          cents
          signed
          onInput={(markup) => onChange({ ...component, markup })}
        />
        <Limits component={component} unit={unit} onChange={onChange} />
        <ChoiceField<"" | "15m" | "1h">
          label={text("dynamic.slot")}
          value={component.slot ?? ""}
          options={[
            ["", text("dynamic.slotOwn")],
            ["15m", text("dynamic.slotQuarter")],
            ["1h", text("dynamic.slotHour")],
          ]}
          onChange={(slot) => {
            const { slot: _, ...rest } = component;
            onChange(slot === "" ? rest : { ...rest, slot });
          }}
        />
      </div>
      <Example component={component} />
    </>
  );
}
