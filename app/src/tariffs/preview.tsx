import type { CostSeries, Tariff } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { asFailure, HttpError, sendJson } from "../api/http.ts";
import { meterPath } from "../api/paths.ts";
import { useCost } from "../costs/data.ts";
import { energyText, moneyText } from "../format/numbers.ts";
import { monthText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { meter, meterTz } from "../state/meters.ts";
import { datesOf, localDate, shift, spanOf } from "../time/period.ts";
import { Failure } from "../ui/stated.tsx";

const WAIT_MS = 500;

/**
 * "October would have cost € 61.20": the draft on the meter's own energy, asked again shortly after each change. The last whole month;
 * of a meter that is newer, the present one.
 */
export function Preview({ draft }: { draft: Tariff }): VNode | null {
  const tz = meterTz.value;
  const current = spanOf("month", localDate(minuteMs.value, tz), tz);
  const last = shift(current, -1);
  const id = meter.value?.id;
  const isWhole = meter.value !== undefined && Date.parse(meter.value.first) <= last.from;
  const span = isWhole ? last : current;
  const range = datesOf(span);
  const real = useCost(id, range, "month", !isWhole);
  const [answer, setAnswer] = useState<CostSeries | HttpError | undefined>(undefined);
  const body = JSON.stringify({
    tariff: { ...draft, id: draft.id || "draft", name: draft.name || "–" },
    ...range,
    resolution: "month",
  });
  useEffect(() => {
    if (id === undefined) return undefined;
    let wanted = true;
    const timer = setTimeout(() => {
      sendJson<CostSeries>("POST", `${meterPath(id)}/cost/preview`, JSON.parse(body)).then(
        (found) => wanted && setAnswer(found),
        (error: unknown) => wanted && setAnswer(asFailure(error)),
      );
    }, WAIT_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [id, body]);
  if (id === undefined || answer === undefined) return null;
  if (answer instanceof HttpError)
    return (
      <section class="card preview">
        <Failure failure={answer} />
      </section>
    );
  const { total, unpriced_kwh: unpriced } = answer.total;
  const month = monthText(span.from, tz);
  return (
    <section class="card preview" role="status">
      {unpriced > 0 ? (
        <p>{text("preview.unpriced", { month, energy: energyText(unpriced) })}</p>
      ) : total === null ? (
        <p>{text("preview.none", { month })}</p>
      ) : (
        <p>
          {text(isWhole ? "preview.would" : "preview.soFar", { month })}{" "}
          <strong>{moneyText(total, answer.currency ?? draft.currency)}</strong>
          {!real.loading && typeof real.data?.total.total === "string" && real.data.currency !== null && (
            <span class="note">
              {" "}
              {text("preview.instead", {
                amount: moneyText(real.data.total.total, real.data.currency),
              })}
            </span>
          )}
        </p>
      )}
    </section>
  );
}
