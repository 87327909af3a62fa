import type { Meter } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { asFailure, type HttpError, sendJson } from "../api/http.ts";
import { meterPath } from "../api/paths.ts";
import { text } from "../i18n.ts";
import { loadMeters, type MeterEntry } from "../state/meters.ts";
import { ChoiceField, TextField } from "../ui/fields.tsx";
import { Failure } from "../ui/stated.tsx";
import { changeOf } from "./change.ts";

const VISIBILITIES = ["private", "aggregate", "open"] as const;
const WORDS = {
  private: "visibility.private",
  aggregate: "visibility.aggregate",
  open: "visibility.open",
} as const;
const zones = (): string[] => Intl.supportedValuesOf("timeZone");

/** What people may change of a meter: its name, where it stands, and who sees it. */
export function Settings({ entry }: { entry: MeterEntry }): VNode {
  // What was on the form: somebody else may change the meter meanwhile, and is not to be overruled by what stayed here.
  const [began, setBegan] = useState(entry);
  const [name, setName] = useState(entry.name);
  const [zone, setZone] = useState(entry.tz);
  const [visibility, setVisibility] = useState(entry.visibility);
  const [saved, setSaved] = useState(false);
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  const save = async (): Promise<void> => {
    setSaved(false);
    try {
      const change = changeOf(began, { name, zone, visibility });
      if (Object.keys(change).length > 0) await sendJson<Meter>("PATCH", meterPath(entry.id), change);
      await loadMeters();
      setBegan({ ...began, name: name.trim(), tz: zone, visibility });
      setFailure(undefined);
      setSaved(true);
    } catch (error) {
      setFailure(asFailure(error));
    }
  };
  return (
    <form
      class="card stack"
      onInput={() => setSaved(false)}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <h2>{text("settings")}</h2>
      <div class="fields wide">
        <TextField label={text("name")} value={name} onInput={setName} />
        <ChoiceField
          label={text("timeZone")}
          value={zone}
          options={[...new Set([zone, ...zones()])].map((known) => [known, known])}
          onChange={setZone}
        />
      </div>
      <ChoiceField
        label={text("visibility")}
        hint={text(`${WORDS[visibility]}Text`)}
        value={visibility}
        options={VISIBILITIES.map((known) => [known, text(WORDS[known])])}
        onChange={setVisibility}
      />
      {failure && <Failure failure={failure} />}
      <div class="actions">
        <button type="submit" class="primary">
          {text("save")}
        </button>
        <span role="status">{saved && text("saved")}</span>
      </div>
    </form>
  );
}
