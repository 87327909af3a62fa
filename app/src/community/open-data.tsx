import type { Group } from "@smp/schemas/api";
import type { VNode } from "preact";
import { address } from "../api/http.ts";
import { groupPath } from "../api/paths.ts";
import { text } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { minuteMs } from "../state/clock.ts";
import { platformTz } from "../state/meters.ts";
import { localDate, shiftDays } from "../time/period.ts";
import { Code } from "../ui/code.tsx";
import { frameOf } from "./frame.ts";

const LICENCES: Readonly<Record<string, string>> = {
  "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
};

/** The same numbers for everybody's programs, under which licence; and the page for one's own site. */
export function OpenData({ group, embedded }: { group: Group; embedded: boolean }): VNode {
  const tz = platformTz.value;
  const today = localDate(minuteMs.value, tz);
  const query = (format: string): string =>
    new URLSearchParams({
      // On New Year's Day the year that is just over.
      from: `${shiftDays(today, -1).slice(0, 4)}-01-01`,
      to: today,
      resolution: "day",
      tz,
      format,
    }).toString();
  const link = (format: string): string => address(`${groupPath(group.id)}/energy?${query(format)}`);
  const page = address(addressOf("community", { id: group.id, embed: "1" }));
  return (
    <section class="card stack">
      <h2>{text("openData")}</h2>
      <p class="note">
        {group.licence === null ? (
          text("openData.noLicence")
        ) : (
          <>
            {text("openData.licence")} <a href={LICENCES[group.licence] ?? "#"}>{group.licence}</a>
          </>
        )}
      </p>
      <div class="actions">
        <a class="button" href={link("csv")} download={`${group.id}.csv`}>
          CSV
        </a>
        <a class="button" href={link("json")} download={`${group.id}.json`}>
          JSON
        </a>
        <a class="button" href={address("docs")}>
          {text("docs")}
        </a>
      </div>
      {!embedded && (
        <details>
          <summary>{text("embed")}</summary>
          <Code label={text("embed")}>{frameOf(page, group.name)}</Code>
        </details>
      )}
    </section>
  );
}
