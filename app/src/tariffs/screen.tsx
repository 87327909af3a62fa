import type { Tariff, TariffList } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useResource } from "../api/resource.ts";
import { language, text } from "../i18n.ts";
import { route } from "../router.ts";
import { minuteMs } from "../state/clock.ts";
import { meterTz } from "../state/meters.ts";
import { useSession } from "../state/session.ts";
import { localDate } from "../time/period.ts";
import { Head } from "../ui/head.tsx";
import { Stated } from "../ui/stated.tsx";
import { blankTariff, inLanguage, metersOf } from "./draft.ts";
import { Editor } from "./editor.tsx";
import { Tariffs } from "./list.tsx";
import "./tariffs.css";

/** What the editor begins with: the contract itself, a copy with new prices, an example, or nearly nothing. */
function startOf(
  query: URLSearchParams,
  tariffs: readonly Tariff[],
  examples: readonly Tariff[],
  meters: string[] | null,
): Tariff | undefined {
  const edit = query.get("edit");
  if (edit === null) return undefined;
  if (edit !== "new") return tariffs.find(({ id }) => id === edit);
  const today = localDate(minuteMs.peek(), meterTz.peek());
  const month = `${today.slice(0, 7)}-01`;
  const like = tariffs.find(({ id }) => id === query.get("like"));
  if (like) return { ...like, id: "", meters: like.meters ?? meters, valid_from: today, valid_to: null };
  const example = examples.find(({ id }) => id === query.get("example"));
  if (example) return { ...example, id: "", meters, valid_from: month, valid_to: null };
  return blankTariff(month, { energy: text("cost.energy"), base: text("cost.base") }, meters, tariffs);
}

/** The contracts, and the editor of one. */
export default function TariffsScreen(): VNode {
  const { query } = route.value;
  const list = useResource<TariffList>("v1/tariffs");
  const examples = useResource<TariffList>("v1/tariffs/examples");
  const { session, known } = useSession();
  const edit = query.get("edit");
  const waiting = (query.has("example") && !examples.data && !examples.failure) || (edit === "new" && !known);
  return (
    <>
      <Head
        withMeter={edit !== null}
        title={edit === null ? text("tariffs.title") : text(edit === "new" ? "tariff.new" : "tariff.edit")}
      />
      <Stated resource={list} height="high">
        {({ tariffs }) => {
          if (waiting) return <div class="skeleton high" />;
          const shown = (examples.data?.tariffs ?? []).map((tariff) => inLanguage(tariff, language.value));
          const start = startOf(query, tariffs, shown, metersOf(session));
          return start ? (
            <Editor key={query.toString()} start={start} all={tariffs} />
          ) : (
            <Tariffs tariffs={tariffs} examples={shown} />
          );
        }}
      </Stated>
    </>
  );
}
