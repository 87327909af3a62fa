import type { CreatedToken, NewToken } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { address, asFailure, type HttpError, sendJson } from "../api/http.ts";
import { askAgain } from "../api/resource.ts";
import { text } from "../i18n.ts";
import { meters } from "../state/meters.ts";
import { Code } from "../ui/code.tsx";
import { ChoiceField, TextField } from "../ui/fields.tsx";
import { nameOf } from "../ui/meter-name.ts";
import { Failure } from "../ui/stated.tsx";

const FINEST = ["raw", "15m", "1h", "day", "month"] as const;
const FINEST_WORDS = {
  raw: "finest.raw",
  "15m": "export.quarter",
  "1h": "export.hour",
  day: "period.day",
  month: "period.month",
} as const;

/** Another device would look for the platform in itself. */
const LOOPBACK = /^(?:localhost|127\.|\[::1\])/;

/** The secret, once: the platform keeps only its fingerprint. */
function Made({ created }: { created: CreatedToken }): VNode {
  return (
    <section class="card stack" role="status">
      <h2>{text("tokens.made", { name: created.name })}</h2>
      <p class="note">{text("tokens.once")}</p>
      <Code label={text("tokens.token")}>{created.token}</Code>
      <p class="note">{text("tokens.link")}</p>
      <Code label={text("tokens.link")}>{`${address("./")}#token=${created.token}`}</Code>
      {LOOPBACK.test(location.hostname) && <p class="note">{text("tokens.linkHere")}</p>}
    </section>
  );
}

type Draft = Required<Pick<NewToken, "name" | "scopes" | "meters" | "finest" | "expires_in_days">>;

function DraftFields({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }): VNode {
  const list = (meters.value ?? []).map((entry): [string, string] => [entry.id, nameOf(entry)]);
  return (
    <div class="fields">
      <TextField label={text("name")} required value={draft.name} onInput={(name) => set({ name })} />
      <ChoiceField
        label={text("tokens.meters")}
        value={draft.meters?.[0] ?? ""}
        options={[["", text("tokens.allMeters")], ...list]}
        onChange={(id) => set({ meters: id === "" ? null : [id] })}
      />
      <ChoiceField
        label={text("tokens.finest")}
        value={draft.finest}
        options={FINEST.map((finest) => [finest, text(FINEST_WORDS[finest])])}
        onChange={(finest) => set({ finest })}
      />
      <ChoiceField
        label={text("tokens.may")}
        value={draft.scopes.includes("write") ? "write" : "read"}
        options={[
          ["read", text("tokens.read")],
          ["write", text("tokens.write")],
        ]}
        onChange={(may) => set({ scopes: may === "write" ? ["read", "write"] : ["read"] })}
      />
      <ChoiceField
        label={text("tokens.days")}
        value={String(draft.expires_in_days)}
        options={["7", "30", "90", "365"].map((days) => [days, days])}
        onChange={(days) => set({ expires_in_days: Number(days) })}
      />
    </div>
  );
}

/** A token for somebody, or something, else: which meters, how fine, how long. */
export function CreateToken(): VNode {
  const [draft, setDraft] = useState<Draft>({
    name: "",
    scopes: ["read"],
    meters: null,
    finest: "15m",
    expires_in_days: 90,
  });
  const [created, setCreated] = useState<CreatedToken | undefined>(undefined);
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  const make = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      setCreated(await sendJson<CreatedToken>("POST", "v1/tokens", draft));
      setFailure(undefined);
      askAgain();
    } catch (error) {
      setFailure(asFailure(error));
    }
    setBusy(false);
  };
  return (
    <>
      <form
        class="card stack"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <h2>{text("tokens.new")}</h2>
        <DraftFields draft={draft} set={set} />
        {failure && <Failure failure={failure} />}
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {text("tokens.create")}
          </button>
        </div>
      </form>
      {created && <Made created={created} />}
    </>
  );
}
