import type { Token, TokenList } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { HttpError } from "../api/http.ts";
import { useResource } from "../api/resource.ts";
import { dateText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { meterTz } from "../state/meters.ts";
import { namesOf } from "../ui/meter-name.ts";
import { useSession } from "../state/session.ts";
import { Head } from "../ui/head.tsx";
import { RemoveButton } from "../ui/remove-button.tsx";
import { Failure, Stated } from "../ui/stated.tsx";
import { CreateToken } from "./create.tsx";
import { EnterToken } from "./enter.tsx";
import { scopesText } from "./scopes.ts";
import "./tokens.css";

function Entry({ token }: { token: Token }): VNode {
  const [failure, setFailure] = useState<HttpError | undefined>(undefined);
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
      <RemoveButton
        path={`v1/tokens/${encodeURIComponent(token.id)}`}
        name={token.name}
        label="tokens.revoke"
        really="tokens.reallyRevoke"
        onFailure={setFailure}
      />
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
