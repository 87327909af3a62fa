import type { VNode } from "preact";
import { exactText } from "../format.ts";
import { language, text } from "../i18n.ts";
import type { RegisterRow } from "../model.ts";

/** Every register as the meter sent it, to the last digit. */
export function Registers({ registers }: { registers: readonly RegisterRow[] }): VNode {
  return (
    <section class="card">
      <details>
        <summary>{text("registers")}</summary>
        <table>
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
      </details>
    </section>
  );
}
