import type { ComponentChildren, VNode } from "preact";
import type { HttpError } from "../api/http.ts";
import type { Resource } from "../api/resource.ts";
import { token } from "../api/token.ts";
import { clockText } from "../format/times.ts";
import { text, type TextKey } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { meterTz } from "../state/meters.ts";
import { faultText } from "./faults.ts";
import { Link } from "./link.tsx";

const TITLES: Record<HttpError["kind"], TextKey> = {
  offline: "failure.offline",
  unauthorized: "failure.unauthorized",
  forbidden: "failure.forbidden",
  "not-found": "failure.notFound",
  problem: "failure.problem",
};

/** What the platform understood, and does not do. */
const REFUSALS: Readonly<Record<string, TextKey>> = {
  "invalid-body": "problem.invalid",
  "invalid-parameter": "problem.invalid",
  refused: "problem.refused",
  "tariff-overlap": "problem.refused",
  "currency-change": "problem.refused",
  "range-too-large": "problem.refused",
};

/** What the platform calls a problem, in the words of the screen's language; its own sentences are English. */
const SENTENCES: Readonly<Record<string, TextKey>> = {
  forbidden: "problem.forbidden",
  "body-too-large": "problem.tooLarge",
  internal: "problem.internal",
  "tariff-overlap": "problem.tariffOverlap",
  "currency-change": "problem.currencyChange",
  "range-too-large": "problem.rangeTooLarge",
  "rate-limited": "problem.rateLimited",
  "too-many-streams": "problem.busy",
  busy: "problem.busy",
  unavailable: "problem.unavailable",
};

/** What to add to the title; nothing where that says all. The server's own sentence where we know none. */
function sentenceOf({ kind, problem = "", message, errors }: HttpError): string | undefined {
  if (kind === "offline" || kind === "not-found") return undefined;
  if (kind === "unauthorized")
    return text(token.value === undefined ? "problem.noToken" : "problem.wrongToken");
  const key = SENTENCES[problem];
  // With a place and a kind of fault that says all; else the platform's own sentence does.
  if (key === undefined && errors.some(({ code }) => code !== undefined)) return undefined;
  return key === undefined ? message : text(key);
}

/** What went wrong, and what to do about it. */
export function Failure({ failure, retry }: { failure: HttpError; retry?: () => void }): VNode {
  const sentence = sentenceOf(failure);
  return (
    <div class="failure" role="alert">
      <p class="failure-title">{text(REFUSALS[failure.problem ?? ""] ?? TITLES[failure.kind])}</p>
      {sentence !== undefined && <p class="note">{sentence}</p>}
      {failure.errors.map(faultText).map((fault) => (
        <p key={fault} class="note">
          {fault}
        </p>
      ))}
      {failure.kind === "unauthorized" && (
        <p>
          <Link href={addressOf("tokens")}>{text("failure.enterToken")}</Link>
        </p>
      )}
      {retry && ["offline", "problem"].includes(failure.kind) && (
        <button type="button" onClick={retry}>
          {text("retry")}
        </button>
      )}
    </div>
  );
}

/** "As of 14:05 – offline": an answer that could not be asked again. */
function AsOf({ resource }: { resource: Pick<Resource<unknown>, "atMs" | "failure"> }): VNode | null {
  if (resource.failure === undefined || resource.atMs === undefined) return null;
  return (
    <p class="as-of" role="status">
      {text(resource.failure.kind === "offline" ? "asOfOffline" : "asOfFailed", {
        time: clockText(resource.atMs, meterTz.value),
      })}
    </p>
  );
}

export interface StatedProps<T> {
  resource: Resource<T>;
  /** Height class of what will come, so that nothing jumps. */
  height?: "low" | "middle" | "high";
  children: (data: T) => ComponentChildren;
}

/** Draws what an address answered; or that it is on its way, or why it is not there. */
export function Stated<T>({ resource, height = "middle", children }: StatedProps<T>): VNode {
  if (resource.data === undefined)
    return resource.failure === undefined ? (
      <div class={`skeleton ${height}`} role="status">
        <span class="visually-hidden">{text("loading")}</span>
      </div>
    ) : (
      <Failure failure={resource.failure} retry={resource.reload} />
    );
  return (
    <div class={resource.loading ? "busy" : undefined} aria-busy={resource.loading}>
      <AsOf resource={resource} />
      {children(resource.data)}
    </div>
  );
}
