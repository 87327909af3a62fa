import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { address, asFailure, HttpError, send } from "../api/http.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { meterId, meterTz } from "../state/meters.ts";
import { localDate, shiftDays } from "../time/period.ts";
import { Code } from "../ui/code.tsx";
import { ChoiceField, TextField } from "../ui/fields.tsx";
import { Head } from "../ui/head.tsx";
import { Failure } from "../ui/stated.tsx";
import { curlOf, fileNameOf, formatsOf, KINDS, pathOf, type ExportChoice, type Format } from "./request.ts";
import "./export.css";

const KIND_WORDS = {
  energy: "energy",
  power: "power",
  cost: "nav.costs",
  readings: "export.readings",
} as const;
const RESOLUTIONS = [
  ["15m", "export.quarter"],
  ["1h", "export.hour"],
  ["day", "period.day"],
  ["week", "period.week"],
  ["month", "period.month"],
] as const;
const FORMAT_WORDS: Record<Format, string> = {
  csv: "CSV",
  json: "JSON",
  ndjson: "NDJSON",
  parquet: "Parquet",
};

/** Saves an answer as a file. It goes by `fetch`, because a plain link cannot carry the token. */
async function download(choice: ExportChoice): Promise<void> {
  const response = await send("GET", pathOf(choice), {
    accept: "*/*",
    download: true,
  });
  // A file that breaks off on its way would be a part that looks whole.
  const file = await response.blob().catch((error: unknown) => {
    throw new HttpError("offline", 0, String(error));
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = fileNameOf(response, choice);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function Fields({
  choice,
  set,
}: {
  choice: ExportChoice;
  set: (change: Partial<ExportChoice>) => void;
}): VNode {
  return (
    <div class="fields">
      <ChoiceField
        label={text("export.kind")}
        value={choice.kind}
        options={KINDS.map((kind) => [kind, text(KIND_WORDS[kind])])}
        onChange={(kind) => set({ kind })}
      />
      <TextField
        label={text("from")}
        type="date"
        value={choice.from}
        onInput={(from) => from !== "" && set({ from })}
      />
      <TextField
        label={text("export.last")}
        type="date"
        value={shiftDays(choice.to, -1)}
        onInput={(last) => last !== "" && set({ to: shiftDays(last, 1) })}
      />
      {choice.kind !== "readings" && (
        <ChoiceField
          label={text("export.resolution")}
          value={choice.resolution}
          options={RESOLUTIONS.map(([value, key]) => [value, text(key)])}
          onChange={(resolution) => set({ resolution })}
        />
      )}
      <ChoiceField
        label={text("export.format")}
        value={choice.format}
        options={formatsOf(choice.kind).map((format) => [format, FORMAT_WORDS[format]])}
        onChange={(format) => set({ format })}
      />
    </div>
  );
}

/** A range of data as a file; and the address and the command that give the same. */
export default function ExportScreen(): VNode {
  const tz = meterTz.value;
  const today = localDate(minuteMs.value, tz);
  const [change, setChange] = useState<Partial<ExportChoice>>({});
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const wanted: ExportChoice = {
    kind: "energy",
    from: `${today.slice(0, 7)}-01`,
    to: shiftDays(today, 1),
    resolution: "15m",
    format: "csv",
    ...change,
    meter: meterId.value ?? "",
    tz,
  };
  const choice = {
    ...wanted,
    format: formatsOf(wanted.kind).find((format) => format === wanted.format) ?? "csv",
  };
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      await download(choice);
      setFailure(undefined);
    } catch (error) {
      setFailure(asFailure(error));
    }
    setBusy(false);
  };
  return (
    <>
      <Head title={text("export.title")} withMeter />
      <form
        class="card stack"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <Fields choice={choice} set={(next) => setChange({ ...change, ...next })} />
        <div class="actions">
          <button type="submit" class="primary" disabled={busy || choice.meter === ""}>
            {text(busy ? "loading" : "export.download")}
          </button>
        </div>
        {failure && <Failure failure={failure} />}
      </form>
      <section class="card export-same">
        <h2>{text("export.same")}</h2>
        <Code label={text("export.address")}>{address(pathOf(choice))}</Code>
        <Code label="curl">{curlOf(choice)}</Code>
        <p class="note">{text("export.tokenHint")}</p>
      </section>
    </>
  );
}
