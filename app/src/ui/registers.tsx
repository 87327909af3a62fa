import type { VNode } from "preact";
import type { Latest } from "@smp/schemas/api";
import { exactText } from "../format/numbers.ts";
import { language, text } from "../i18n.ts";

/** What the screen shows of one register. */
export interface RegisterRow {
  code: string;
  value: number;
  unit: string;
  label: { de: string; en: string };
}

export const rowsOf = (latest: Latest): RegisterRow[] =>
  Object.entries(latest.registers).map(([code, { value, unit, label }]) => ({
    code,
    value,
    unit: unit ?? "",
    label,
  }));

/** Every register as the meter sent it, to the last digit. */
export function RegisterTable({ registers }: { registers: readonly RegisterRow[] }): VNode {
  return (
    <table class="registers">
      <thead>
        <tr>
          <th scope="col">{text("register")}</th>
          <th scope="col">{text("value")}</th>
        </tr>
      </thead>
      <tbody>
        {registers.map((register) => (
          <tr key={register.code}>
            <th scope="row">
              {register.label[language.value]} <span class="code">{register.code}</span>
            </th>
            <td>{exactText(register.value, register.unit)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
