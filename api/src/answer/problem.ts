import { limitedLines, PlatformError, type Problem } from "@smp/schemas";
import { HTTPException } from "hono/http-exception";
import type { Logger } from "pino";
import type { AppContext } from "../ports.ts";

interface ProblemKind {
  status: 400 | 401 | 403 | 404 | 405 | 413 | 422 | 429 | 500 | 502 | 503 | 504;
  title: string;
  mend: string;
}

/** Every kind of problem; its key is the last part of the problem's `type`, and stays. */
const KINDS = {
  "unknown-parameter": {
    status: 400,
    title: "A parameter is unknown",
    mend: "Leave it out, or mend its spelling; /docs lists the parameters of each address.",
  },
  "invalid-parameter": {
    status: 400,
    title: "A parameter is not in its form",
    mend: "The problem's detail says what is allowed; /docs has examples.",
  },
  "invalid-body": {
    status: 400,
    title: "The body is not in its form",
    mend: "The problem's errors point to the place; /docs has an example of each body.",
  },
  unauthorized: {
    status: 401,
    title: "A valid token is needed",
    mend: "Send the header Authorization: Bearer smp_…, with a token that is neither expired nor revoked; never in the address.",
  },
  forbidden: {
    status: 403,
    title: "The token may not do this",
    mend: "Use a token with the right that the detail names; /v1/session says what yours may do.",
  },
  refused: {
    status: 422,
    title: "This is not possible",
    mend: "The problem's detail says why, and what is possible.",
  },
  rejected: {
    status: 422,
    title: "The readings were rejected",
    mend: "The detail names the fault. They are kept with it, so that sending the same again does not help.",
  },
  "extension-failed": {
    status: 502,
    title: "The extension failed",
    mend: "The platform goes on. Its operator sees more in /v1/extensions.",
  },
  "extension-late": {
    status: 504,
    title: "The extension took too long",
    mend: "Ask for less. The platform goes on.",
  },
  "not-found": { status: 404, title: "There is nothing at this address", mend: "/docs lists all addresses." },
  "unknown-meter": { status: 404, title: "No such meter", mend: "Ask /v1/meters for the ids of all meters." },
  "unknown-tariff": { status: 404, title: "No such contract", mend: "Ask /v1/tariffs for all contracts." },
  "unknown-prices": { status: 404, title: "No such price series", mend: "Ask /v1/prices for all series." },
  "method-not-allowed": {
    status: 405,
    title: "This address does not take that method",
    mend: "The header Allow lists the methods.",
  },
  "body-too-large": {
    status: 413,
    title: "The body is too large",
    mend: "The problem's detail says how much an address takes.",
  },
  "range-too-large": {
    status: 422,
    title: "The range is too large",
    mend: "Ask for a coarser resolution or a shorter range.",
  },
  "tariff-overlap": {
    status: 422,
    title: "Two contracts share a day",
    mend: "End one contract before the other begins: valid_to is the day after the last one.",
  },
  "currency-change": {
    status: 422,
    title: "More than one currency",
    mend: "Ask for the time of each currency apart; a contract and its price series need the same one.",
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    mend: "Wait as long as the header Retry-After says.",
  },
  "too-many-streams": {
    status: 429,
    title: "Too many live streams",
    mend: "Close one, or follow several meters on one stream: /v1/live?meters=a,b.",
  },
  internal: {
    status: 500,
    title: "The server failed",
    mend: "Tell the operator the request's id; its log has the reason.",
  },
  busy: { status: 503, title: "Busy", mend: "Try again after the seconds in Retry-After." },
  unavailable: {
    status: 503,
    title: "The store is away",
    mend: "Try again later; /readyz says what is missing.",
  },
} as const;

export type ProblemKindName = keyof typeof KINDS;
export const PROBLEM_KINDS: Readonly<Record<ProblemKindName, ProblemKind>> = KINDS;

interface ProblemOptions {
  errors?: Problem["errors"];
  retryAfterS?: number;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** Thrown by any handler; the application answers with it as RFC 9457 `application/problem+json`. */
export class HttpProblem extends Error {
  readonly kind: ProblemKindName;
  readonly options: ProblemOptions;

  constructor(kind: ProblemKindName, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HttpProblem";
    this.kind = kind;
    this.options = options;
  }

  toResponse(): Response {
    const { errors, retryAfterS, headers } = this.options;
    const { status, title } = PROBLEM_KINDS[this.kind];
    const problem: Problem = {
      type: `/problems/${this.kind}`,
      title,
      status,
      detail: this.message,
      ...(errors ? { errors } : {}),
    };
    const text = JSON.stringify(problem);
    return new Response(text, {
      status,
      headers: {
        ...headers,
        "content-type": "application/problem+json",
        // So that it is known to be too short for compression.
        "content-length": String(Buffer.byteLength(text)),
        "cache-control": "no-store",
        ...(retryAfterS === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterS))) }),
      },
    });
  }
}

type FaultCode = NonNullable<NonNullable<Problem["errors"]>[number]["code"]>;

/** A parameter's fault as a problem that names it; `code` is for programs that say it in another language. */
export const invalidParameter = (parameter: string, fault: string, code?: FaultCode): HttpProblem =>
  new HttpProblem("invalid-parameter", `"${parameter}" ${fault}.`, {
    errors: [{ parameter, detail: fault, ...(code && { code }) }],
  });

/** What a client sent, short enough and quoted for a message. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** While the store is away every request fails for the same reason. */
const AWAY_LINES_PER_SECOND = 1;

/** Turns whatever a handler threw into an answer; what is not the client's to know goes to the log only. */
export function errorAnswers(logger: Logger): (error: unknown, c: AppContext) => Response {
  const lines = limitedLines(AWAY_LINES_PER_SECOND);
  return (error, c) => {
    if (error instanceof HttpProblem) return error.toResponse();
    if (error instanceof HTTPException)
      return new HttpProblem("invalid-parameter", "The request is malformed.").toResponse();
    const facts = { requestId: c.get("requestId"), path: c.req.path };
    if (error instanceof PlatformError && error.retryable) {
      const { code, message } = error;
      lines((unlogged) =>
        logger.error({ ...facts, code, unlogged }, `a request was answered with 503: ${message}`),
      );
      return new HttpProblem("unavailable", "The store does not answer now: try again later.", {
        retryAfterS: 5,
      }).toResponse();
    }
    logger.error({ err: error, ...facts }, "request failed");
    return new HttpProblem(
      "internal",
      `The server failed; its log knows this request as ${quoted(facts.requestId)}.`,
    ).toResponse();
  };
}
