import type { Meter } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { asFailure, type HttpError, sendJson } from "../api/http.ts";
import { meterPath } from "../api/paths.ts";
import { askAgain } from "../api/resource.ts";
import { momentText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { loadMeters, type MeterEntry } from "../state/meters.ts";
import { atClock, localMinute } from "../time/period.ts";
import { Field } from "../ui/fields.tsx";
import { RemoveButton } from "../ui/remove-button.tsx";
import { Failure } from "../ui/stated.tsx";

/** The instant that a clock in the zone shows as `2026-11-01T14:05`. */
function instantOf(local: string, tz: string): string {
  const [date = "", clock = "00:00"] = local.split("T");
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return new Date(atClock(date, (hours * 60 + minutes) * 60_000, tz)).toISOString();
}

/** When the device reads another meter than before: no energy is counted across that moment. */
export function Swaps({ entry, mayWrite }: { entry: MeterEntry; mayWrite: boolean }): VNode | null {
  const now = localMinute(minuteMs.value, entry.tz);
  const [at, setAt] = useState(now);
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  if (!mayWrite && entry.swaps.length === 0) return null;
  const path = `${meterPath(entry.id)}/swaps`;
  const change = async (work: Promise<Meter>): Promise<void> => {
    try {
      await work;
      await loadMeters();
      askAgain();
      setFailure(undefined);
    } catch (error) {
      setFailure(asFailure(error));
    }
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
              <RemoveButton
                path={`${path}/${encodeURIComponent(swap.at)}`}
                name={momentText(Date.parse(swap.at), entry.tz)}
                label="remove"
                really="tariff.reallyRemove"
                onFailure={setFailure}
              />
            )}
          </li>
        ))}
      </ul>
      {mayWrite && (
        <form
          class="actions"
          onSubmit={(event) => {
            event.preventDefault();
            void change(sendJson<Meter>("POST", path, { at: instantOf(at, entry.tz) }));
          }}
        >
          <Field label={text("swap.at")}>
            {(id) => (
              <input
                id={id}
                type="datetime-local"
                required
                max={now}
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
