import type { VNode } from "preact";
import { address } from "../api/http.ts";
import { token } from "../api/token.ts";
import { text, type TextKey } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { loadMeters, metersFailure } from "../state/meters.ts";
import { Code } from "./code.tsx";
import { Head } from "./head.tsx";
import { Link } from "./link.tsx";
import { Failure } from "./stated.tsx";

const WAYS: readonly { title: TextKey; words: TextKey; command: string }[] = [
  {
    title: "noMeter.pi",
    words: "noMeter.piText",
    command:
      "npx smp device add my-meter\nnpx smp edge --serial /dev/ttyUSB0 --key-file meter.key --cert-dir data/pki/devices/my-meter",
  },
  { title: "noMeter.esp", words: "noMeter.espText", command: "npx smp device add my-esp32" },
  { title: "noMeter.demo", words: "noMeter.demoText", command: "SMP_SIMULATE=true npm start" },
];

/** How a meter gets here, in commands that can be copied. */
export function Ways(): VNode {
  return (
    <div class="cards">
      {WAYS.map(({ title, words, command }) => (
        <section key={title} class="card">
          <h2>{text(title)}</h2>
          <p>{text(words)}</p>
          <Code label={text(title)}>{command}</Code>
        </section>
      ))}
    </div>
  );
}

/** While there is no list of meters: it is on its way, or why it did not come. */
export function MetersAwaited(): VNode {
  return metersFailure.value ? (
    <section class="card centred">
      <Failure failure={metersFailure.value} retry={() => void loadMeters()} />
    </section>
  ) : (
    <div class="skeleton high" role="status">
      <span class="visually-hidden">{text("loading")}</span>
    </div>
  );
}

/** No meter yet: what to do, in commands that can be copied. */
export function NoMeter(): VNode {
  return (
    <>
      <Head title={text("noMeter.title")} />
      <p class="lead">{text("noMeter.text")}</p>
      <div class="column">
        {token.value === undefined && (
          <p class="card">
            {text("noMeter.token")} <Link href={addressOf("tokens")}>{text("failure.enterToken")}</Link>
          </p>
        )}
        <Ways />
      </div>
      <p>
        <a href={address("docs")}>{text("docs")}</a>
      </p>
    </>
  );
}
