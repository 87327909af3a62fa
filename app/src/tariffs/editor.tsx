import type { PriceComponent, PriceSeriesList, Tariff } from "@smp/schemas/api";
import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { asFailure, type HttpError, sendJson } from "../api/http.ts";
import { askAgain, useResource } from "../api/resource.ts";
import { centUnit } from "../format/numbers.ts";
import { dateText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { addressOf, navigate } from "../router.ts";
import { midnight } from "../time/period.ts";
import { meterTz } from "../state/meters.ts";
import { namesOf } from "../ui/meter-name.ts";
import { useRowKeys } from "../ui/row-keys.ts";
import { Failure } from "../ui/stated.tsx";
import { BaseFees } from "./base-fees.tsx";
import { ComponentEditor } from "./component-editor.tsx";
import { blankComponent, lastDay, leftBehind, predecessorOf } from "./draft.ts";
import { MainFields } from "./main-fields.tsx";
import { Preview } from "./preview.tsx";
import { save } from "./save.ts";

export interface EditorProps {
  start: Tariff;
  all: readonly Tariff[];
}

function Part({ title, children }: { title: string; children: ComponentChildren }): VNode {
  return (
    <section class="card stack">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

interface ComponentsProps {
  components: readonly PriceComponent[];
  onChange: (components: PriceComponent[]) => void;
  series: string;
  /** Of prices: `ct/kWh`. */
  unit: string;
}

function Components({ components, onChange, series, unit }: ComponentsProps): VNode {
  const rows = useRowKeys(components.length);
  return (
    <>
      {components.map((component, index) => (
        <ComponentEditor
          key={rows.keyOf(index)}
          component={component}
          series={series}
          unit={unit}
          onChange={(next) => onChange(components.map((known, at) => (at === index ? next : known)))}
          onRemove={() => {
            rows.remove(index);
            onChange(components.filter((_, at) => at !== index));
          }}
        />
      ))}
      <button
        type="button"
        onClick={() => onChange([...components, blankComponent("fixed", text("cost.energy"), "", series)])}
      >
        {text("tariff.addComponent")}
      </button>
    </>
  );
}

const put = (tariffs: readonly Tariff[]): Promise<unknown> => sendJson("PUT", "v1/tariffs", { tariffs });

/** One contract: since when, what it costs, and what last month would have cost with it. */
export function Editor({ start, all }: EditorProps): VNode {
  const [draft, setDraft] = useState(start);
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  const series = useResource<PriceSeriesList>("v1/prices").data?.series[0]?.id ?? "at-day-ahead";
  const shared = { series, unit: `${centUnit(draft.currency)}/kWh` };
  const before = predecessorOf(draft, all);
  const left = before ? leftBehind(before, draft) : [];
  const set = (change: Partial<Tariff>): void => {
    setFailure(undefined);
    setDraft({ ...draft, ...change });
  };
  const attempt = (work: () => Promise<void>): void => {
    work().then(
      () => navigate(addressOf("tariffs")),
      (error: unknown) => setFailure(asFailure(error)),
    );
  };
  return (
    <form
      class="stack editor"
      onSubmit={(event) => {
        event.preventDefault();
        attempt(async () => {
          await save(draft, all, put);
          askAgain();
        });
      }}
    >
      <Part title={text("tariff.main")}>
        <MainFields draft={draft} set={set} />
        {before && (
          <p class="note">
            {text("tariff.ends", {
              name: before.name,
              day: dateText(midnight(lastDay(draft.valid_from), meterTz.value), meterTz.value),
            })}
            {left.length > 0 && ` ${text("tariff.goesOn", { meters: namesOf(left) })}`}
          </p>
        )}
      </Part>
      <Part title={text("tariff.import")}>
        <p class="note">{text("tariff.addUp")}</p>
        <Components {...shared} components={draft.import} onChange={(next) => set({ import: next })} />
      </Part>
      <Part title={text("cost.base")}>
        <BaseFees
          fees={draft.base_fees}
          currency={draft.currency}
          onChange={(next) => set({ base_fees: next })}
        />
      </Part>
      <Part title={text("tariff.export")}>
        <Components {...shared} components={draft.export} onChange={(next) => set({ export: next })} />
      </Part>
      <div class="editor-foot">
        {failure ? <Failure failure={failure} /> : <Preview draft={draft} />}
        <div class="actions">
          <button type="submit" class="primary">
            {text("save")}
          </button>
          <button type="button" onClick={() => navigate(addressOf("tariffs"))}>
            {text("cancel")}
          </button>
        </div>
      </div>
    </form>
  );
}
