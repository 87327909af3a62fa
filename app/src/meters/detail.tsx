import { DAY_MS } from "@smp/schemas";
import type { Latest } from "@smp/schemas/api";
import type { VNode } from "preact";
import { meterPath } from "../api/paths.ts";
import { useResource } from "../api/resource.ts";
import { countText, text } from "../i18n.ts";
import { clockText, dateText } from "../format/times.ts";
import { addressOf } from "../router.ts";
import { platformMs } from "../state/clock.ts";
import type { MeterEntry } from "../state/meters.ts";
import type { Rights } from "../state/session.ts";
import { Head } from "../ui/head.tsx";
import { Icon } from "../ui/icon.tsx";
import { Link } from "../ui/link.tsx";
import { nameOf } from "../ui/meter-name.ts";
import { rowsOf, RegisterTable } from "../ui/registers.tsx";
import { Stated } from "../ui/stated.tsx";
import { useLastRejected } from "./data.ts";
import { Coverage, StateLine } from "./meter-card.tsx";
import { Deletion } from "./deletion.tsx";
import { Settings } from "./settings.tsx";
import { Swaps } from "./swaps.tsx";

const SOON_DAYS = 30;

function Facts({ entry }: { entry: MeterEntry }): VNode {
  const expires = entry.certificate_expires === null ? undefined : Date.parse(entry.certificate_expires);
  const days = expires === undefined ? 0 : Math.floor((expires - platformMs.value) / DAY_MS);
  return (
    <section class="card stack">
      <StateLine entry={entry} />
      {entry.simulated && <p>{text("simulated.text")}</p>}
      <Coverage entry={entry} />
      <dl class="facts">
        <div>
          <dt>{text("meterId")}</dt>
          <dd>{entry.id}</dd>
        </div>
        <div>
          <dt>{text("device")}</dt>
          <dd>{entry.device}</dd>
        </div>
        <div>
          <dt>{text("firstReading")}</dt>
          <dd>{clockText(Date.parse(entry.first), entry.tz)}</dd>
        </div>
        <div>
          <dt>{text("lastReading")}</dt>
          <dd>{clockText(Date.parse(entry.last), entry.tz, { seconds: true })}</dd>
        </div>
        {expires !== undefined && (
          <div class={days < SOON_DAYS ? "warning" : undefined}>
            <dt>{text("certificate")}</dt>
            <dd>
              {text(expires < platformMs.value ? "certificate.expired" : "certificate.until", {
                day: dateText(expires, entry.tz),
                days: countText(Math.max(0, days), "days.one", "days.other"),
              })}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

interface DetailProps {
  entry: MeterEntry;
  may: Rights["may"];
}

function Rejected({ entry, may }: DetailProps): VNode | null {
  const message = useLastRejected(entry.device, may("admin"));
  if (!message) return null;
  return (
    <section class="card stack">
      <h2>{text("rejected.title")}</h2>
      <p>
        <code>{message.code}</code> · {clockText(Date.parse(message.received), entry.tz)}
      </p>
      <p>{message.detail}</p>
      <p class="note">{message.topic}</p>
    </section>
  );
}

/** Everything about one meter. */
export function MeterDetail({ entry, may }: DetailProps): VNode {
  const latest = useResource<Latest>(`${meterPath(entry.id)}/latest`, 30_000);
  return (
    <>
      <Head title={nameOf(entry)}>
        <Link class="button back" href={addressOf("meters")}>
          <Icon name="left" />
          {text("meters.all")}
        </Link>
      </Head>
      <div class="grid meter-detail">
        <div class="column">
          <Facts entry={entry} />
          {may("write") && <Settings key={entry.id} entry={entry} />}
          <Swaps key={`${entry.id} swaps`} entry={entry} mayWrite={may("write")} />
        </div>
        <div class="column">
          <section class="card">
            <h2>{text("registers")}</h2>
            <Stated resource={latest} height="high">
              {(answer) => <RegisterTable registers={rowsOf(answer)} />}
            </Stated>
          </section>
          <Link class="card row-link" href={addressOf("export", { meter: entry.id })}>
            <Icon name="export" />
            <span>{text("export.title")}</span>
            <Icon name="right" />
          </Link>
          <Rejected entry={entry} may={may} />
          {may("admin") && <Deletion key={`${entry.id} deletion`} entry={entry} />}
        </div>
      </div>
    </>
  );
}
