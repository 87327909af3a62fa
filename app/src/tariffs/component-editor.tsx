import type { PriceComponent, TimeOfUsePrice } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { numberText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { Segmented } from "../ui/segmented.tsx";
import { openHours, overlapsOf } from "./checks.ts";
import { blankComponent, mainPriceOf, type Kind } from "./draft.ts";
import { DynamicFields } from "./dynamic-fields.tsx";
import { DecimalField, TextField } from "../ui/fields.tsx";
import { clockOf, DAYS, seasonsOf } from "./grid.ts";
import { dayName, monthsText } from "./words.ts";
import { ZoneGrid } from "./zone-grid.tsx";
import { ZoneRules } from "./zone-rules.tsx";

/** Where rules meet, and where none fits: allowed, but seldom meant. */
function ZoneChecks({ component }: { component: TimeOfUsePrice }): VNode {
  const overlaps = overlapsOf(component);
  return (
    <ul class="checks" role="list" aria-live="polite">
      {overlaps.map(({ first, second, day, slot }) => (
        <li key={`${first}${second}`} class="warning">
          {text("zones.overlap", {
            first,
            second,
            day: dayName(DAYS[day] ?? "mo", true),
            time: clockOf(slot),
          })}
        </li>
      ))}
      {seasonsOf(component).map(({ months, month }) => (
        <li key={month}>
          {text("zones.open", {
            season: monthsText(months),
            hours: numberText(openHours(component, month), 0),
            name: component.otherwise.name,
          })}
        </li>
      ))}
    </ul>
  );
}

export interface ComponentEditorProps {
  component: PriceComponent;
  onChange: (component: PriceComponent) => void;
  onRemove: () => void;
  series: string;
  /** Of its prices: `ct/kWh`. */
  unit: string;
}

/** One part of a price: the same always, by time zones, or following an exchange. */
export function ComponentEditor({
  component,
  onChange,
  onRemove,
  series,
  unit,
}: ComponentEditorProps): VNode {
  // Whoever looks at another kind, or passes over it with the arrow keys, finds what was entered again.
  const entered = useRef<Partial<Record<Kind, PriceComponent>>>({});
  const change = (kind: Kind): void => {
    entered.current[component.kind] = component;
    const { name } = component;
    const blank = blankComponent(kind, name, text("zones.otherwiseName"), series, mainPriceOf(component));
    onChange({ ...(entered.current[kind] ?? blank), name });
  };
  return (
    <div class="component">
      <div class="component-head">
        <TextField
          label={text("name")}
          value={component.name}
          required
          onInput={(name) => onChange({ ...component, name })}
        />
        <button type="button" class="quiet" onClick={onRemove}>
          {text("remove")}
          <span class="visually-hidden"> {component.name}</span>
        </button>
      </div>
      <Segmented<Kind>
        label={text("tariff.kind")}
        value={component.kind}
        options={[
          { value: "fixed", label: text("tariff.fixed") },
          { value: "time-of-use", label: text("tariff.zones") },
          { value: "dynamic", label: text("tariff.dynamic") },
        ]}
        onChange={(kind) => kind !== component.kind && change(kind)}
      />
      {component.kind === "fixed" && (
        <DecimalField
          label={text("price.title")}
          value={component.price}
          unit={unit}
          cents
          signed
          onInput={(price) => onChange({ ...component, price })}
        />
      )}
      {component.kind === "time-of-use" && (
        <>
          <ZoneGrid component={component} onChange={onChange} />
          <ZoneChecks component={component} />
          <ZoneRules component={component} unit={unit} onChange={onChange} />
        </>
      )}
      {component.kind === "dynamic" && (
        <DynamicFields component={component} unit={unit} onChange={onChange} />
      )}
    </div>
  );
}
