import { DAY_MS } from "@smp/schemas";
import type { RawReading, ReadingPage } from "@smp/schemas/api";
import type { VNode } from "preact";
import { meterPath } from "../api/paths.ts";
import { useResource } from "../api/resource.ts";
import { exactText } from "../format/numbers.ts";
import { momentText } from "../format/times.ts";
import { language, text } from "../i18n.ts";

const COUNTERS = [
  { code: "1-0:1.8.0", label: { de: "Bezug", en: "Import" } },
  { code: "1-0:2.8.0", label: { de: "Einspeisung", en: "Export" } },
];

/** The first reading at or after an instant: energy is the difference of two such. */
function useReadingAt(meter: string, ms: number, tz: string): RawReading | undefined {
  const query = new URLSearchParams({ from: String(ms), to: String(ms + DAY_MS), limit: "1", tz });
  return useResource<ReadingPage>(`${meterPath(meter)}/readings?${query}`).data?.readings[0];
}

export interface MeterStandsProps {
  meter: string;
  /** Unix ms; `end` exclusive. */
  start: number;
  end: number;
  tz: string;
}

/** The counters behind a bar, as the display of the meter showed them at its beginning and its end. */
export function MeterStands({ meter, start, end, tz }: MeterStandsProps): VNode | null {
  const first = useReadingAt(meter, start, tz);
  const last = useReadingAt(meter, end, tz);
  const rows = COUNTERS.filter(({ code }) => first?.registers[code] !== undefined);
  if (!first || rows.length === 0) return null;
  return (
    <section class="stands">
      <h3>{text("stands")}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{text("register")}</th>
            <th scope="col">{momentText(first.t, tz)}</th>
            <th scope="col">{last ? momentText(last.t, tz) : text("stands.open")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ code, label }) => (
            <tr key={code}>
              <th scope="row">
                {label[language.value]} <span class="code">{code}</span>
              </th>
              <td>{exactText(first.registers[code] ?? 0, "Wh")}</td>
              <td>{last?.registers[code] === undefined ? "–" : exactText(last.registers[code], "Wh")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
