import type { EnergyBucket } from "@smp/schemas/api";
import type { ComponentChildren, VNode } from "preact";
import { coverageText, energyText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { finerOf, localDate, type Span } from "../time/period.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Link } from "../ui/link.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { BucketCost } from "./bucket-cost.tsx";
import { bucketTitle } from "./energy-bars.ts";
import { MeterStands } from "./meter-stands.tsx";
import { viewAddress } from "./view.ts";

export interface BucketSheetProps {
  meter: string;
  span: Span;
  bucket: EnergyBucket;
  onClose: () => void;
  /** To the bar beside this one; undefined: there is none. */
  onStep: (steps: 1 | -1) => (() => void) | undefined;
}

function Step({ label, icon, go }: { label: string; icon: IconName; go: (() => void) | undefined }): VNode {
  return (
    <button
      type="button"
      class="round"
      aria-label={label}
      aria-disabled={go === undefined}
      onClick={() => go?.()}
    >
      <Icon name={icon} />
    </button>
  );
}

function Row({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The number that explains itself: what a bar is worth, what it cost, how sure it is, and which counters it comes from. */
export function BucketSheet({ meter, span, bucket, onClose, onStep }: BucketSheetProps): VNode {
  const [start, end] = [Date.parse(bucket.start), Date.parse(bucket.end)];
  const finer = finerOf(span.period);
  const unallocated = bucket.import_unallocated_kwh + bucket.export_unallocated_kwh;
  return (
    <Sheet title={bucketTitle(span.period, start, end, span.tz)} onClose={onClose}>
      <dl class="facts">
        <Row label={text("import")}>
          {bucket.import_kwh === null ? text("noData") : energyText(bucket.import_kwh)}
        </Row>
        {bucket.export_kwh !== null && <Row label={text("export")}>{energyText(bucket.export_kwh)}</Row>}
        {unallocated > 0 && <Row label={text("withoutTime")}>{energyText(unallocated)}</Row>}
        <Row label={text("coverageWord")}>{coverageText(bucket.coverage)}</Row>
      </dl>
      <BucketCost meter={meter} span={span} bucket={bucket} />
      <MeterStands key={bucket.start} meter={meter} start={start} end={end} tz={span.tz} />
      <div class="sheet-actions">
        <Step label={text("history.previousBar")} icon="left" go={onStep(-1)} />
        {finer && (
          <Link class="button" href={viewAddress({ period: finer, date: localDate(start, span.tz) })}>
            {text(finer === "day" ? "history.intoHours" : "history.intoDays")}
          </Link>
        )}
        <Step label={text("history.nextBar")} icon="right" go={onStep(1)} />
      </div>
    </Sheet>
  );
}
