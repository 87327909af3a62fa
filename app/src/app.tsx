import type { VNode } from "preact";
import { reachable } from "./api/http.ts";
import { askAgain } from "./api/resource.ts";
import { clockText } from "./format/times.ts";
import { text } from "./i18n.ts";
import { addressOf, route } from "./router.ts";
import { screens } from "./screens.ts";
import { meters, metersAtMs, meterTz } from "./state/meters.ts";
import { Hatches } from "./charts/hatches.tsx";
import { Head } from "./ui/head.tsx";
import { Link } from "./ui/link.tsx";
import { MetersAwaited, NoMeter } from "./ui/no-meter.tsx";
import { Nav } from "./ui/nav.tsx";
import { Notices } from "./ui/notices.tsx";
import { useModule } from "./ui/use-module.ts";

/** Screens that make sense before there is a meter. */
const WITHOUT_METER = new Set(["more", "tokens", "licences", "community", "tariffs", "meters"]);

function Offline(): VNode | null {
  if (reachable.value) return null;
  return (
    <div class="offline-bar" role="status">
      <span>
        {metersAtMs.value === undefined
          ? text("offline")
          : text("offlineAsOf", { time: clockText(metersAtMs.value, meterTz.value) })}
      </span>
      <button type="button" onClick={askAgain}>
        {text("retry")}
      </button>
    </div>
  );
}

function Missing(): VNode {
  return (
    <>
      <Head title={text("missing.title")} />
      <section class="card centred">
        <p>{text("missing.text")}</p>
        <p>
          <Link href={addressOf("")}>{text("nav.now")}</Link>
        </p>
      </section>
    </>
  );
}

function Screen(): VNode | null {
  const { name } = route.value;
  const load = screens[name];
  const module = useModule(load ?? screens[""]!);
  if (!load) return <Missing />;
  if (module instanceof Error)
    return (
      <section class="card centred" role="alert">
        <p>{text("failure.module")}</p>
        <button type="button" onClick={() => location.reload()}>
          {text("retry")}
        </button>
      </section>
    );
  if (!WITHOUT_METER.has(name)) {
    if (meters.value === undefined) return <MetersAwaited />;
    if (meters.value.length === 0) return <NoMeter />;
  }
  return module ? <module.default /> : <div class="skeleton high" />;
}

/** The frame of every screen: where one can go, whether the platform answers, and the screen itself. */
export function App(): VNode {
  const embedded = route.value.query.get("embed") === "1";
  return (
    <div class={embedded ? "app embedded" : "app"}>
      <Hatches />
      {!embedded && (
        <a
          class="skip"
          href="#main"
          onClick={(event) => {
            event.preventDefault();
            document.getElementById("main")?.focus();
          }}
        >
          {text("skip")}
        </a>
      )}
      {!embedded && <Nav />}
      <main id="main" tabIndex={-1}>
        <Offline />
        <Notices />
        <Screen />
      </main>
    </div>
  );
}
