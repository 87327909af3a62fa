import { messageOf, type Problem } from "@smp/schemas";
import { signal, type Signal } from "@preact/signals";
import { token } from "./token.ts";

/** An address of the API, relative to the page: the app works behind any path prefix. */
export const address = (path: string): string => new URL(path, document.baseURI).href;

/** offline: no answer came. The others are answers: 401, 403, 404, and everything else with the server's own sentence. */
export type FailureKind = "offline" | "unauthorized" | "forbidden" | "not-found" | "problem";

export class HttpError extends Error {
  readonly kind: FailureKind;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** The kind of problem, as the platform names it: `tariff-overlap`. */
  readonly problem: string | undefined;
  /** Where in the body or the parameters, when the server tells. */
  readonly errors: readonly NonNullable<Problem["errors"]>[number][];

  constructor(
    kind: FailureKind,
    status: number,
    message: string,
    { problem, errors = [] }: { problem?: string | undefined; errors?: HttpError["errors"] | undefined } = {},
  ) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.problem = problem;
    this.errors = errors;
  }
}

/** Whatever was thrown, as what a screen can tell. */
export const asFailure = (error: unknown): HttpError =>
  error instanceof HttpError ? error : new HttpError("problem", 0, String(error));

const TIMEOUT_MS = 15_000;
/** A file of a year over a slow network; its answer must still begin within the time above. */
const DOWNLOAD_MS = 3_600_000;

/** Whether the platform answers, by what the newest request met. */
export const reachable: Signal<boolean> = signal(true);
let answeredAtMs = 0;

const waiting = new Set<() => void>();
/** Calls back once, as soon as anything has an answer: what failed for want of a network need not wait for its own turn. */
export function whenAnswered(call: () => void): () => void {
  waiting.add(call);
  return () => void waiting.delete(call);
}

export function noteAnswer(): void {
  answeredAtMs = performance.now();
  reachable.value = true;
  // Whoever fails again waits for the next answer.
  const calls = [...waiting];
  waiting.clear();
  for (const call of calls) call();
}

/** A request that waited in vain says nothing when another one had an answer meanwhile. */
function noteSilence(askedAtMs: number): void {
  if (askedAtMs >= answeredAtMs) reachable.value = false;
}

const KINDS: Readonly<Record<number, FailureKind>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
};

export const authorization = (): Record<string, string> =>
  token.value === undefined ? {} : { authorization: `Bearer ${token.value}` };

/** Whether the platform takes a token: the one that is kept is not given up for one that is mistyped. Unknown: yes. */
export async function isTaken(candidate: string): Promise<boolean> {
  try {
    const headers = { authorization: `Bearer ${candidate}` };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request: RequestInit = { headers, cache: "no-store", credentials: "omit", signal };
    return (await fetch(address("v1/session"), request)).status !== 401;
  } catch {
    return true;
  }
}

/** What a failed answer says of itself. */
async function failureOf(response: Response): Promise<HttpError> {
  const problem = (await response.json().catch(() => ({}))) as {
    type?: string;
    detail?: string;
    title?: string;
    errors?: HttpError["errors"];
  };
  return new HttpError(
    KINDS[response.status] ?? "problem",
    response.status,
    problem.detail ?? problem.title ?? `${response.status} ${response.statusText}`,
    { problem: problem.type?.split("/").at(-1), errors: problem.errors },
  );
}

/** Asks the API; a problem answer, or none, becomes an HttpError. */
export async function send(
  method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE",
  path: string,
  options: {
    body?: unknown;
    signal?: AbortSignal;
    accept?: string;
    download?: boolean;
  } = {},
): Promise<Response> {
  const limit = new AbortController();
  const giveUp = (): void => limit.abort();
  const timer = setTimeout(giveUp, TIMEOUT_MS);
  const askedAtMs = performance.now();
  let response: Response;
  try {
    response = await fetch(address(path), {
      method,
      headers: {
        accept: options.accept ?? "application/json",
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...authorization(),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      // The app keeps the last good answers itself, with their age.
      cache: "no-cache",
      credentials: "omit",
      signal: options.signal ? AbortSignal.any([options.signal, limit.signal]) : limit.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    noteSilence(askedAtMs);
    throw new HttpError("offline", 0, messageOf(error));
  }
  if (options.download === true) {
    clearTimeout(timer);
    setTimeout(giveUp, DOWNLOAD_MS);
  }
  noteAnswer();
  if (!response.ok) throw await failureOf(response);
  return response;
}

/** The JSON of an answer; one that breaks off on its way is no answer. */
async function jsonOf<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw new HttpError("offline", 0, String(error));
  }
}

/** GETs JSON. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await jsonOf<T>(await send("GET", path, signal ? { signal } : {}));
}

/** Sends JSON and reads JSON; nothing for an empty answer. */
export async function sendJson<T>(
  method: "PUT" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await send(method, path, body === undefined ? {} : { body });
  return response.status === 204 ? (undefined as T) : await jsonOf<T>(response);
}
