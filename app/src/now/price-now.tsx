import type { MeterPrices } from "@smp/schemas/api";
import type { VNode } from "preact";
import { CheapestFigure, WINDOW_QUARTERS } from "../costs/price-card.tsx";
import { cheapestWindow, isFlat, pointsOf, slotAt } from "../costs/prices.ts";
import { priceText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { minuteMs } from "../state/clock.ts";
import { Figure } from "../ui/figure.tsx";
import { Link } from "../ui/link.tsx";

/** What a kWh costs now, and when it will be cheapest; nothing without a contract. */
export function PriceNow({ prices }: { prices: MeterPrices }): VNode | null {
  const now = slotAt(prices, minuteMs.value);
  const { currency, tz } = prices;
  if (currency === null || now === undefined || now.import_price === null) return null;
  const points = pointsOf(prices);
  const window = isFlat(points) ? undefined : cheapestWindow(points, minuteMs.value, WINDOW_QUARTERS);
  return (
    <section class="card price-now" aria-labelledby="price-title">
      <h2 id="price-title">{text("price.title")}</h2>
      <div class="figures">
        <Figure
          label={text("price.now")}
          value={priceText(now.import_price, currency)}
          {...(now.zones.length > 0 ? { note: now.zones.join(", ") } : {})}
        />
        {window && <CheapestFigure window={window} currency={currency} tz={tz} />}
      </div>
      <p class="card-link">
        <Link href={addressOf("costs")}>{text("price.more")}</Link>
      </p>
    </section>
  );
}
