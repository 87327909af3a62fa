import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { isTaken } from "../api/http.ts";
import { setToken, token, TOKEN } from "../api/token.ts";
import { text } from "../i18n.ts";
import { useSession } from "../state/session.ts";
import { Field } from "../ui/fields.tsx";
import { scopesText } from "./scopes.ts";

interface TypeTokenProps {
  /** The one that is kept here is not valid. */
  refused: boolean;
  done: () => void;
  /** Back to the one that is kept; undefined: there is none to go back to. */
  cancel: (() => void) | undefined;
}

function TypeToken({ refused, done, cancel }: TypeTokenProps): VNode {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [isRefused, setRefused] = useState(refused);
  const tryOut = async (): Promise<void> => {
    setBusy(true);
    const taken = await isTaken(typed.trim());
    setBusy(false);
    setRefused(!taken);
    if (!taken) return;
    setToken(typed.trim());
    setTyped("");
    done();
  };
  const wrong = typed !== "" && !TOKEN.test(typed.trim());
  return (
    <form
      class="card stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed !== "" && !wrong && !busy) void tryOut();
      }}
    >
      <h2>{text("failure.enterToken")}</h2>
      {(refused || isRefused) && (
        <p class="warning" role="alert">
          {text("tokens.refused")}
        </p>
      )}
      <p class="note">{text("tokens.where")}</p>
      <Field label={text("tokens.token")} {...(wrong ? { hint: text("tokens.wrong") } : {})}>
        {(id) => (
          <input
            id={id}
            type="password"
            autocomplete="off"
            value={typed}
            aria-invalid={wrong}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="actions">
        <button type="submit" class="primary" disabled={typed === "" || wrong || busy}>
          {text("tokens.keep")}
        </button>
        {cancel && (
          <button type="button" onClick={cancel}>
            {text("cancel")}
          </button>
        )}
        {refused && (
          <button type="button" onClick={() => setToken(undefined)}>
            {text("tokens.forget")}
          </button>
        )}
      </div>
    </form>
  );
}

/** The token of this browser: typed once, kept here, replaced or forgotten on demand; one that is refused asks for another. */
export function EnterToken(): VNode {
  const { session, refused } = useSession();
  const [replacing, setReplacing] = useState(false);
  const none = token.value === undefined;
  if (none || refused || replacing)
    return (
      <TypeToken
        refused={!none && refused}
        done={() => setReplacing(false)}
        cancel={replacing && !none && !refused ? () => setReplacing(false) : undefined}
      />
    );
  return (
    <section class="card stack">
      <h2>{text("tokens.this")}</h2>
      <p>
        {session ? session.name : text("tokens.kept")}{" "}
        {session && <span class="note">· {scopesText(session.scopes)}</span>}
      </p>
      <div class="actions">
        <button type="button" onClick={() => setReplacing(true)}>
          {text("tokens.replace")}
        </button>
        <button type="button" onClick={() => setToken(undefined)}>
          {text("tokens.forget")}
        </button>
      </div>
    </section>
  );
}
