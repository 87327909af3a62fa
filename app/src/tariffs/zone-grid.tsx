import type { TimeOfUsePrice, TimeZonePrice } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { text } from "../i18n.ts";
import { Segmented } from "../ui/segmented.tsx";
import { DAYS, gridOf, paint, seasonsOf, type Season, type ZoneName } from "./grid.ts";
import { dayName, monthsText } from "./words.ts";

const HOURS = 24;
const keyOf = (zone: ZoneName): string => `${zone.name}\n${zone.price}`;

export interface ZoneGridProps {
  component: TimeOfUsePrice;
  onChange: (component: TimeOfUsePrice) => void;
}

/** The names to paint with, in an order that painting does not change. */
const brushesOf = (zones: readonly TimeZonePrice[]): ZoneName[] =>
  zones
    .filter((zone, index) => zones.findIndex((other) => keyOf(other) === keyOf(zone)) === index)
    .toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));

interface BrushesProps {
  brushes: readonly ZoneName[];
  otherwise: ZoneName;
  chosen: string;
  onChoose: (key: string) => void;
}

function Brushes({ brushes, otherwise, chosen, onChoose }: BrushesProps): VNode {
  return (
    <div class="brushes" aria-hidden="true">
      {[...brushes, otherwise].map((zone, index) => {
        const key = zone === otherwise ? "" : keyOf(zone);
        return (
          <button
            key={key}
            type="button"
            tabIndex={-1}
            class={`brush ${key === "" ? "z-other" : `z-${index % 6}`}${chosen === key ? " chosen" : ""}`}
            onClick={() => onChoose(key)}
          >
            {zone.name}
          </button>
        );
      })}
    </div>
  );
}

/** One day: its hours as cells; half a cell where the zone changes inside the hour. */
function Row({ day, row, colours }: { day: string; row: number; colours: readonly string[] }): VNode {
  return (
    <div class="zone-row">
      <span class="zone-day">{day}</span>
      {Array.from({ length: HOURS }, (_, hour) => {
        const quarters = colours.slice(hour * 4, hour * 4 + 4);
        const mixed = quarters.some((colour) => colour !== quarters[0]);
        return (
          <span key={hour} data-cell={`${row},${hour}`} class={`${quarters[0]}${mixed ? " mixed" : ""}`} />
        );
      })}
    </div>
  );
}

/** The cell under a pointer, as its four quarter hours. */
function cellsAt(target: Element | null): [number, number][] {
  const cell = target?.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
  if (cell === undefined) return [];
  const [row = 0, hour = 0] = cell.split(",").map(Number);
  return [0, 1, 2, 3].map((quarter) => [row, hour * 4 + quarter]);
}

/** The week by the hour, to be painted with the finger or the mouse. The rules below it say the same, for the keyboard. */
export function ZoneGrid({ component, onChange }: ZoneGridProps): VNode {
  const seasons = seasonsOf(component);
  const [seasonIndex, setSeason] = useState(0);
  const season: Season = seasons[seasonIndex] ?? { months: undefined, month: 1 };
  const brushes = brushesOf(component.zones);
  const keys = brushes.map(keyOf);
  const [picked, choose] = useState(keys[0] ?? "");
  // A zone that was renamed below, or costs something else now, has another key than when it was picked.
  const chosen = picked === "" || keys.includes(picked) ? picked : (keys[0] ?? "");
  const painting = useRef(false);
  const grid = gridOf(component, season.month);
  const colours = grid.map((day) =>
    day.map((zone) => (zone === undefined ? "z-other" : `z-${keys.indexOf(keyOf(zone)) % 6}`)),
  );
  const rows = DAYS.filter(
    (day) => day !== "holiday" || component.zones.some(({ days }) => days?.includes("holiday")),
  );
  const paintAt = (event: PointerEvent): void => {
    const cells = cellsAt(document.elementFromPoint(event.clientX, event.clientY));
    if (cells.length === 0) return;
    const next = paint(component, season, cells, brushes[keys.indexOf(chosen)]);
    // A component without any rule would be a fixed price.
    if (next.zones.length > 0) onChange(next);
  };
  return (
    <div class="zone-grid-box">
      {seasons.length > 1 && (
        <Segmented
          label={text("zones.season")}
          value={String(seasonIndex)}
          options={seasons.map(({ months }, index) => ({ value: String(index), label: monthsText(months) }))}
          onChange={(value) => setSeason(Number(value))}
        />
      )}
      <Brushes brushes={brushes} otherwise={component.otherwise} chosen={chosen} onChoose={choose} />
      <div
        class="zone-grid"
        aria-hidden="true"
        onPointerDown={(event) => {
          painting.current = true;
          paintAt(event);
          event.preventDefault();
        }}
        onPointerMove={(event) => painting.current && paintAt(event)}
        onPointerUp={() => (painting.current = false)}
        onPointerLeave={() => (painting.current = false)}
      >
        {rows.map((day, row) => (
          <Row key={day} day={dayName(day)} row={row} colours={colours[row] ?? []} />
        ))}
        <div class="zone-row zone-hours">
          <span class="zone-day" />
          {[0, 6, 12, 18].map((hour) => (
            <span key={hour}>{String(hour).padStart(2, "0")}</span>
          ))}
        </div>
      </div>
    </div>
  );
}
