import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { HttpError } from "../api/http.ts";
import { meterPath } from "../api/paths.ts";
import { text } from "../i18n.ts";
import { addressOf, navigate } from "../router.ts";
import { forgetMeter, type MeterEntry } from "../state/meters.ts";
import { nameOf } from "../ui/meter-name.ts";
import { RemoveButton } from "../ui/remove-button.tsx";
import { Failure } from "../ui/stated.tsx";

/** A meter goes with all that was received of it; whether it can come back is said before. */
export function Deletion({ entry }: { entry: MeterEntry }): VNode {
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  return (
    <section class="card stack">
      <h2>{text("meter.delete")}</h2>
      <p class="note">
        {text("meter.deleteText")} {text(entry.simulated ? "meter.deleteSimulated" : "meter.deleteReal")}
      </p>
      <div class="actions">
        <RemoveButton
          path={meterPath(entry.id)}
          name={nameOf(entry)}
          label="meter.delete"
          really="meter.reallyDelete"
          onFailure={setFailure}
          onRemoved={() => {
            forgetMeter(entry.id);
            navigate(addressOf("meters"), { replace: true });
          }}
        />
      </div>
      {failure && <Failure failure={failure} />}
    </section>
  );
}
