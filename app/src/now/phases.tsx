import type { VNode } from "preact";
import { numberText, powerText } from "../format/numbers.ts";
import { SPACE } from "../format/parted.ts";
import { text } from "../i18n.ts";
import type { RegisterRow } from "../ui/registers.tsx";

const VOLTAGE = ["1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"];
const CURRENT = ["1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0"];
const POWER = ["1-0:36.7.0", "1-0:56.7.0", "1-0:76.7.0"];

export interface PhasesProps {
  registers: readonly RegisterRow[];
  /** When they were measured, where that is not now. */
  readAt: string | undefined;
}

/** The three phases, for the registers that this meter sends; nothing when it sends none. */
export function Phases({ registers, readAt }: PhasesProps): VNode | null {
  const value = (code: string | undefined): RegisterRow | undefined =>
    registers.find((register) => register.code === code);
  const has = (codes: readonly string[]): boolean => codes.some((code) => value(code) !== undefined);
  if (!has(VOLTAGE) && !has(CURRENT) && !has(POWER)) return null;
  // The same digits in each row of a column; every digit of the meter stands among all registers.
  const shownWith = (row: RegisterRow | undefined, digits: number): string =>
    row ? `${numberText(row.value, digits)}${SPACE}${row.unit}` : "–";
  const shown = [0, 1, 2].filter((phase) =>
    [VOLTAGE, CURRENT, POWER].some((codes) => value(codes[phase]) !== undefined),
  );
  return (
    <section class={readAt === undefined ? "card" : "card old"} aria-labelledby="phases-title">
      <h2 id="phases-title">{text("phases")}</h2>
      {readAt !== undefined && <p class="note">{readAt}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">{text("phase")}</th>
            {has(POWER) && <th scope="col">{text("power")}</th>}
            {has(VOLTAGE) && <th scope="col">{text("voltage")}</th>}
            {has(CURRENT) && <th scope="col">{text("current")}</th>}
          </tr>
        </thead>
        <tbody>
          {shown.map((phase) => {
            const power = value(POWER[phase]);
            return (
              <tr key={phase}>
                <th scope="row">L{phase + 1}</th>
                {has(POWER) && <td>{power ? powerText(power.value) : "–"}</td>}
                {has(VOLTAGE) && <td>{shownWith(value(VOLTAGE[phase]), 1)}</td>}
                {has(CURRENT) && <td>{shownWith(value(CURRENT[phase]), 2)}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
