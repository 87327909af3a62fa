import type { VNode } from "preact";
import { energyText, percentText } from "../format.ts";
import { text } from "../i18n.ts";
import type { Today as TodayModel } from "../model.ts";

/** Today's energy, with how much of the day it rests on. */
export function Today({ today }: { today: TodayModel | undefined }): VNode {
  const measured = today !== undefined && (today.importKwh !== null || today.exportKwh !== null);
  const unallocated = today?.unallocatedKwh ?? 0;
  return (
    <section class="card today" aria-labelledby="today-title">
      <h2 id="today-title">{text("today")}</h2>
      {measured ? (
        <dl>
          <div>
            <dd>{today.importKwh === null ? "–" : energyText(today.importKwh)}</dd>
            <dt>{text("imported")}</dt>
          </div>
          {today.exportKwh !== null && (
            <div>
              <dd>{energyText(today.exportKwh)}</dd>
              <dt>{text("exported")}</dt>
            </div>
          )}
        </dl>
      ) : (
        <p>{text("noneToday")}</p>
      )}
      {measured && <p class="note">{text("coverage", { percent: percentText(today.coverage) })}</p>}
      {unallocated > 0 && <p class="note">{text("unallocated", { energy: energyText(unallocated) })}</p>}
    </section>
  );
}
