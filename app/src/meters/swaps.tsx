import type { Meter } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { HttpError, sendJson } from "../api/http.ts";
import { askAgain } from "../api/resource.ts";
import { momentText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { loadMeters, type MeterEntry } from "../state/meters.ts";
import { atClock, localDate } from "../time/period.ts";
import { Field } from "../ui/fields.tsx";
import { Failure } from "../ui/stated.tsx";

/** When the device reads another meter than before: no energy is counted across that moment. */
export function Swaps({ entry, mayWrite }: { entry: MeterEntry; mayWrite: boolean }): VNode | null {
  const [at, setAt] = useState(`${localDate(minuteMs.peek(), entry.tz)}T12:00`);
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  if (!mayWrite && entry.swaps.length === 0) return null;
  const path = `v1/meters/${encodeURIComponent(entry.id)}/swaps`;
  const change = async (work: Promise<Meter>): Promise<void> => {
    try {
      await work;
      await loadMeters();
      askAgain();
      setFailure(undefined);
    } catch (error) {
      setFailure(error instanceof HttpError ? error : new HttpError("problem", 0, String(error)));
    }
  };
  const instant = (): string => {
    const [date = "", clock = "00:00"] = at.split("T");
    const [hours = 0, minutes = 0] = clock.split(":").map(Number);
    return new Date(atClock(date, (hours * 60 + minutes) * 60_000, entry.tz)).toISOString();
  };
  return (
    <section class="card stack">
      <h2>{text("swap.title")}</h2>
      <p class="note">{text("swap.text")}</p>
      <ul role="list">
        {entry.swaps.map((swap) => (
          <li key={swap.at} class="swap">
            <span>{momentText(Date.parse(swap.at), entry.tz)}</span>
            {mayWrite && (
              <button
                type="button"
                class="quiet"
                onClick={() =>
                  void change(sendJson<Meter>("DELETE", `${path}/${encodeURIComponent(swap.at)}`))
                }
              >
                {text("remove")}
                <span class="visually-hidden"> {momentText(Date.parse(swap.at), entry.tz)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayWrite && (
        <form
          class="actions"
          onSubmit={(event) => {
            event.preventDefault();
            void change(sendJson<Meter>("POST", path, { at: instant() }));
          }}
        >
          <Field label={text("swap.at")}>
            {(id) => (
              <input
                id={id}
                type="datetime-local"
                required
                value={at}
                onInput={(event) => setAt(event.currentTarget.value)}
              />
            )}
          </Field>
          <button type="submit">{text("swap.add")}</button>
        </form>
      )}
      {failure && <Failure failure={failure} />}
    </section>
  );
}
