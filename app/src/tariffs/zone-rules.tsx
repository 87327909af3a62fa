import type { TariffDay, TimeOfUsePrice, TimeZonePrice } from "@smp/schemas/api";
import type { VNode } from "preact";
import { text } from "../i18n.ts";
import { ChoiceField, DecimalField, TextField } from "../ui/fields.tsx";
import { useRowKeys } from "../ui/row-keys.ts";
import { clockOf, DAYS, SLOTS } from "./grid.ts";
import { dayName, monthName, monthsText } from "./words.ts";

const CLOCKS = Array.from({ length: SLOTS + 1 }, (_, slot): [string, string] => [
  clockOf(slot),
  clockOf(slot),
]);
const MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

interface ChoiceProps<T> {
  legend: string;
  all: readonly T[];
  chosen: readonly T[] | undefined;
  name: (value: T, long: boolean) => string;
  onChange: (chosen: T[] | undefined) => void;
}

/** Some of a few; all of them is no restriction. */
function Choice<T extends string | number>({ legend, all, chosen, name, onChange }: ChoiceProps<T>): VNode {
  const toggle = (value: T, on: boolean): void => {
    const next = all.filter((known) => (known === value ? on : (chosen?.includes(known) ?? true)));
    if (next.length > 0) onChange(next.length === all.length ? undefined : next);
  };
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {all.map((value) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen?.includes(value) ?? true}
            onChange={(event) => toggle(value, event.currentTarget.checked)}
          />
          <span aria-hidden="true">{name(value, false)}</span>
          <span class="visually-hidden">{name(value, true)}</span>
        </label>
      ))}
    </fieldset>
  );
}

const without = (zone: TimeZonePrice, key: "days" | "months"): TimeZonePrice => {
  const { [key]: _, ...rest } = zone;
  return rest;
};

interface RuleProps {
  zone: TimeZonePrice;
  unit: string;
  index: number;
  onChange: (zone: TimeZonePrice) => void;
  onRemove: (() => void) | undefined;
}

function Rule({ zone, unit, index, onChange, onRemove }: RuleProps): VNode {
  const set = (change: Partial<TimeZonePrice>): void => onChange({ ...zone, ...change });
  return (
    <fieldset class="rule">
      <legend>{text("zones.rule", { number: index + 1 })}</legend>
      <div class="fields">
        <TextField label={text("name")} value={zone.name} required onInput={(name) => set({ name })} />
        <DecimalField
          label={text("price.title")}
          value={zone.price}
          unit={unit}
          cents
          signed
          onInput={(price) => set({ price })}
        />
        <ChoiceField
          label={text("from")}
          value={zone.from ?? "00:00"}
          options={CLOCKS.slice(0, SLOTS)}
          onChange={(from) => set({ from })}
        />
        <ChoiceField
          label={text("to")}
          value={zone.to ?? "24:00"}
          options={CLOCKS.slice(1)}
          onChange={(to) => set({ to })}
        />
      </div>
      <Choice<TariffDay>
        legend={text("zones.days")}
        all={DAYS}
        chosen={zone.days}
        name={dayName}
        onChange={(days) => (days === undefined ? onChange(without(zone, "days")) : set({ days }))}
      />
      <details>
        <summary>
          {text("zones.months")}: {monthsText(zone.months)}
        </summary>
        <Choice<number>
          legend={text("zones.months")}
          all={MONTHS}
          chosen={zone.months}
          name={monthName}
          onChange={(months) => (months === undefined ? onChange(without(zone, "months")) : set({ months }))}
        />
      </details>
      {onRemove && (
        <button type="button" class="quiet" onClick={onRemove}>
          {text("zones.remove")}
        </button>
      )}
    </fieldset>
  );
}

export interface ZoneRulesProps {
  component: TimeOfUsePrice;
  /** Of its prices: `ct/kWh`. */
  unit: string;
  onChange: (component: TimeOfUsePrice) => void;
}

/** The rules of the zones, top to bottom: the first that fits counts. */
export function ZoneRules({ component, unit, onChange }: ZoneRulesProps): VNode {
  const { zones } = component;
  const rows = useRowKeys(zones.length);
  const change = (next: TimeZonePrice[]): void => onChange({ ...component, zones: next });
  const remove = (index: number): void => {
    rows.remove(index);
    change(zones.filter((_, at) => at !== index));
  };
  return (
    <div class="rules">
      {zones.map((zone, index) => (
        <Rule
          key={rows.keyOf(index)}
          zone={zone}
          unit={unit}
          index={index}
          onChange={(next) => change(zones.map((known, at) => (at === index ? next : known)))}
          onRemove={zones.length > 1 ? () => remove(index) : undefined}
        />
      ))}
      <button
        type="button"
        onClick={() =>
          change([
            ...zones,
            { name: String(zones.length + 1), price: component.otherwise.price, from: "22:00", to: "06:00" },
          ])
        }
      >
        {text("zones.add")}
      </button>
      <div class="fields">
        <TextField
          label={text("zones.otherwise")}
          value={component.otherwise.name}
          required
          onInput={(name) => onChange({ ...component, otherwise: { ...component.otherwise, name } })}
        />
        <DecimalField
          label={text("price.title")}
          value={component.otherwise.price}
          unit={unit}
          cents
          signed
          onInput={(price) => onChange({ ...component, otherwise: { ...component.otherwise, price } })}
        />
      </div>
    </div>
  );
}
