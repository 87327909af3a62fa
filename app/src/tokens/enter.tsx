import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { setToken, token, TOKEN } from "../api/token.ts";
import { text } from "../i18n.ts";
import { useSession } from "../state/session.ts";
import { Field } from "../ui/fields.tsx";
import { scopesText } from "./scopes.ts";

/** The token of this browser: typed once, kept here, forgotten on demand. */
export function EnterToken(): VNode {
  const { session } = useSession();
  const [typed, setTyped] = useState("");
  const wrong = typed !== "" && !TOKEN.test(typed.trim());
  if (token.value !== undefined)
    return (
      <section class="card stack">
        <h2>{text("tokens.this")}</h2>
        <p>
          {session ? session.name : text("tokens.kept")}{" "}
          {session && <span class="note">· {scopesText(session.scopes)}</span>}
        </p>
        <div class="actions">
          <button type="button" onClick={() => setToken(undefined)}>
            {text("tokens.forget")}
          </button>
        </div>
      </section>
    );
  return (
    <form
      class="card stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (TOKEN.test(typed.trim())) setToken(typed.trim());
      }}
    >
      <h2>{text("failure.enterToken")}</h2>
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
        <button type="submit" class="primary" disabled={typed === "" || wrong}>
          {text("tokens.keep")}
        </button>
      </div>
    </form>
  );
}
