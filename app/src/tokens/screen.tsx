import type { Token, TokenList } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { HttpError, sendJson } from "../api/http.ts";
import { askAgain, useResource } from "../api/resource.ts";
import { dateText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { meterTz, namesOf } from "../state/meters.ts";
import { useSession } from "../state/session.ts";
import { Head } from "../ui/head.tsx";
import { Failure, Stated } from "../ui/stated.tsx";
import { CreateToken } from "./create.tsx";
import { EnterToken } from "./enter.tsx";
import { scopesText } from "./scopes.ts";
import "./tokens.css";

function Entry({ token }: { token: Token }): VNode {
  const [sure, setSure] = useState(false);
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
  const revoke = (): void => {
    sendJson("DELETE", `v1/tokens/${encodeURIComponent(token.id)}`).then(askAgain, (error: unknown) =>
      setFailure(error instanceof HttpError ? error : new HttpError("problem", 0, String(error))),
    );
  };
  return (
    <li class="token-entry">
      <div>
        <strong>{token.name}</strong>
        <p class="note">
          {scopesText(token.scopes)} ·{" "}
          {token.meters === null ? text("tokens.allMeters") : namesOf(token.meters)} ·{" "}
          {text("session.until", { day: dateText(Date.parse(token.expires), meterTz.value) })}
          {token.last_used !== undefined &&
            ` · ${text("tokens.used", { day: dateText(Date.parse(token.last_used), meterTz.value) })}`}
        </p>
      </div>
      {sure ? (
        <button type="button" class="danger" onClick={revoke}>
          {text("tokens.reallyRevoke")}
        </button>
      ) : (
        <button type="button" class="quiet" onClick={() => setSure(true)}>
          {text("tokens.revoke")}
          <span class="visually-hidden"> {token.name}</span>
        </button>
      )}
      {failure && <Failure failure={failure} />}
    </li>
  );
}

function List(): VNode {
  const list = useResource<TokenList>("v1/tokens");
  return (
    <section class="card">
      <h2>{text("tokens.all")}</h2>
      <Stated resource={list}>
        {({ tokens }) => (
          <ul role="list">
            {tokens.map((entry) => (
              <Entry key={entry.id} token={entry} />
            ))}
          </ul>
        )}
      </Stated>
    </section>
  );
}

/** Who may ask the platform: this browser, and everybody else who has a token. */
export default function TokensScreen(): VNode {
  const { may } = useSession();
  const admin = may("admin");
  return (
    <>
      <Head title={text("tokens.title")} />
      <div class="grid two">
        <div class="column">
          <EnterToken />
          {admin && <CreateToken />}
        </div>
        {admin && <List />}
      </div>
    </>
  );
}
