import type { Tariff } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { HttpError } from "../api/http.ts";
import { dateText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { minuteMs } from "../state/clock.ts";
import { meterTz } from "../state/meters.ts";
import { localDate, midnight } from "../time/period.ts";
import { Link } from "../ui/link.tsx";
import { namesOf } from "../ui/meter-name.ts";
import { RemoveButton } from "../ui/remove-button.tsx";
import { Failure } from "../ui/stated.tsx";
import { lastDay } from "./draft.ts";

const dayText = (date: string): string => dateText(midnight(date, meterTz.value), meterTz.value);

const daysText = ({ valid_from: from, valid_to: to }: Tariff): string =>
  to === null
    ? text("tariff.since", { day: dayText(from) })
    : text("tariff.between", { from: dayText(from), to: dayText(lastDay(to)) });

function Entry({ tariff }: { tariff: Tariff }): VNode {
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  const today = localDate(minuteMs.value, meterTz.value);
  const running = tariff.valid_from <= today && (tariff.valid_to === null || today < tariff.valid_to);
  return (
    <li class="card tariff-entry">
      <div>
        <h2>
          {tariff.name} {running && <span class="badge">{text("tariff.running")}</span>}
        </h2>
        <p class="note">
          {daysText(tariff)}
          {tariff.meters !== null && ` · ${namesOf(tariff.meters)}`}
        </p>
      </div>
      <div class="actions">
        <Link class="button" href={addressOf("tariffs", { edit: tariff.id })}>
          {text("edit")}
          <span class="visually-hidden"> {tariff.name}</span>
        </Link>
        <Link class="button" href={addressOf("tariffs", { edit: "new", like: tariff.id })}>
          {text("tariff.newPrices")}
        </Link>
        <RemoveButton
          path={`v1/tariffs/${encodeURIComponent(tariff.id)}`}
          name={tariff.name}
          label="remove"
          really="tariff.reallyRemove"
          onFailure={setFailure}
        />
      </div>
      {failure && <Failure failure={failure} />}
    </li>
  );
}

/** The contracts, newest first. */
export function Tariffs({
  tariffs,
  examples,
}: {
  tariffs: readonly Tariff[];
  /** In the language of the screen. */
  examples: readonly Tariff[];
}): VNode {
  const sorted = tariffs.toSorted((a, b) => b.valid_from.localeCompare(a.valid_from));
  return (
    <>
      <p class="lead">{text("tariffs.lead")}</p>
      <ul class="stack" role="list">
        {sorted.map((tariff) => (
          <Entry key={tariff.id} tariff={tariff} />
        ))}
      </ul>
      <div class="actions tariffs-foot">
        <Link class="button primary" href={addressOf("tariffs", { edit: "new" })}>
          {text("noTariff.action")}
        </Link>
      </div>
      {examples.length > 0 && (
        <section class="examples">
          <h2>{text("tariff.examples")}</h2>
          <p class="note">{text("tariff.examplesNote")}</p>
          <ul class="cards" role="list">
            {examples.map((tariff) => (
              <li key={tariff.id} class="card">
                <h3>{tariff.name}</h3>
                {tariff.description !== undefined && <p class="note">{tariff.description}</p>}
                <Link class="button" href={addressOf("tariffs", { edit: "new", example: tariff.id })}>
                  {text("tariff.useExample")}
                  <span class="visually-hidden"> {tariff.name}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
