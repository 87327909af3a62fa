import type { MeterPrices } from "@smp/schemas/api";
import type { VNode } from "preact";
import { PriceCurve } from "../charts/price-curve.tsx";
import { centUnit, priceText } from "../format/numbers.ts";
import { dayText, hourText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { localDate } from "../time/period.ts";
import { ChartFrame } from "../ui/chart-frame.tsx";
import { Figure } from "../ui/figure.tsx";
import { cheapestWindow, isFlat, pointsOf, slotAt, type Window } from "./prices.ts";

/** Two hours: a dish washer, a wash, a good part of a charge. */
export const WINDOW_QUARTERS = 8;

const hoursText = (window: Window, tz: string): string =>
  `${hourText(window.startMs, tz)}–${hourText(window.endMs, tz)}`;
const isToday = (window: Window, tz: string): boolean =>
  localDate(window.startMs, tz) === localDate(minuteMs.value, tz);

/** The cheapest stretch: when, and at what price on average. */
export function CheapestFigure({
  window,
  currency,
  tz,
}: {
  window: Window;
  currency: string;
  tz: string;
}): VNode {
  const price = priceText(window.mean, currency);
  const note = isToday(window, tz) ? price : `${text("tomorrow")} · ${price}`;
  return <Figure label={text("price.cheapest")} value={hoursText(window, tz)} note={note} />;
}

/** The price per kWh now, over today and tomorrow, and when it is lowest. */
export function PriceCard({ prices }: { prices: MeterPrices }): VNode | null {
  const currency = prices.currency;
  const nowMs = minuteMs.value;
  const points = pointsOf(prices);
  const now = slotAt(prices, nowMs);
  if (currency === null || points.every(({ price }) => price === null)) return null;
  const flat = isFlat(points);
  const window = flat ? undefined : cheapestWindow(points, nowMs, WINDOW_QUARTERS);
  const { tz } = prices;
  const known = points.flatMap(({ price }) => (price === null ? [] : [price]));
  const tomorrow = points.some(
    ({ startMs, price }) => price !== null && localDate(startMs, tz) !== localDate(nowMs, tz),
  );
  const summary = flat
    ? text("price.flat")
    : text("price.sentence", {
        min: priceText(Math.min(...known), currency),
        max: priceText(Math.max(...known), currency),
        window: window ? `${isToday(window, tz) ? "" : `${text("tomorrow")} `}${hoursText(window, tz)}` : "–",
        mean: window ? priceText(window.mean, currency) : "–",
      });
  return (
    <section class="card">
      <ChartFrame
        title={text("price.title")}
        summary={summary}
        table={() => ({
          head: [text("time"), text("price.import"), text("price.export"), text("zone")],
          rows: prices.slots.map((slot) => [
            `${dayText(Date.parse(slot.start), tz)}, ${hourText(Date.parse(slot.start), tz)}`,
            slot.import_price === null ? "–" : priceText(slot.import_price, currency),
            slot.export_price === null ? "–" : priceText(slot.export_price, currency),
            slot.zones.join(", "),
          ]),
        })}
        foot={tomorrow ? null : <p class="note">{text("price.tomorrowLater")}</p>}
      >
        <div class="figures">
          <Figure
            label={text("price.now")}
            value={now && now.import_price !== null ? priceText(now.import_price, currency) : "–"}
            {...(now && now.zones.length > 0 ? { note: now.zones.join(", ") } : {})}
          />
          {window && <CheapestFigure window={window} currency={currency} tz={tz} />}
        </div>
        {!flat && (
          <PriceCurve
            points={points}
            nowMs={nowMs}
            window={window}
            unit={`${centUnit(currency)}/kWh`}
            nowWord={text("now")}
            tz={tz}
          />
        )}
      </ChartFrame>
    </section>
  );
}
