import { createParser } from "eventsource-parser";
import type { LiveEvent, Problem } from "./generated/api-types.ts";
import { OPERATIONS, type OperationFacts, type Operations } from "./generated/client-types.ts";

export type * from "./generated/api-types.ts";

/** What path and query are made of. */
type Parameters = Record<string, string | number | boolean | readonly string[] | undefined>;

/** Parameters, then the body where the operation takes one; parameters may be left out when none is required. */
type Arguments<Name extends keyof Operations> = Operations[Name]["body"] extends undefined
  ? Record<string, never> extends Operations[Name]["parameters"]
    ? [parameters?: Operations[Name]["parameters"]]
    : [parameters: Operations[Name]["parameters"]]
  : [parameters: Operations[Name]["parameters"], body: Operations[Name]["body"]];

/** A method for each operation of openapi.yaml that answers with JSON; each throws an `ApiError` when the answer is a problem. */
export type Client = {
  [Name in keyof Operations]: (...given: Arguments<Name>) => Promise<Operations[Name]["answer"]>;
} & {
  /** Readings of meters as they come; ends with the connection, or when `signal` aborts. */
  live(
    meters: readonly string[],
    options?: { lastEventId?: string; signal?: AbortSignal },
  ): AsyncIterable<LiveEvent>;
};

export interface ClientOptions {
  /** Where the platform is, with its path prefix if it has one. */
  url: string;
  /** An access token; without one the public answers come. */
  token?: string;
  /** For tests, and for runtimes whose fetch is another. */
  fetch?: (input: string, init?: RequestInit) => Promise<Response>;
}

/** An answer that is not a success: `message` is the server's own sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Partial<Problem>;
  /** When to come again, if the server says it: with 429 and 503. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, problem: Partial<Problem>, retryAfterMs?: number) {
    super(problem.detail ?? problem.title ?? `HTTP status ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * A typed client of the HTTP API, generated from openapi.yaml; for browsers, Node and every runtime with `fetch`.
 *
 * @example
 * const smp = createClient({ url: "http://localhost:8080" });
 * const { meters } = await smp.listMeters();
 * const { total } = await smp.getEnergy({ id: meters[0].id, from: "2026-03-01", to: "2026-04-01", resolution: "day" });
 */
export function createClient(options: ClientOptions): Client {
  const call = options.fetch ?? ((input, init) => fetch(input, init));
  const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  const base = options.url.replace(/\/$/, "");

  async function send(
    path: string,
    { headers: own, ...init }: Omit<RequestInit, "headers"> & { headers: Record<string, string> },
  ): Promise<Response> {
    const response = await call(base + path, { ...init, headers: { ...headers, ...own } });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
    throw new ApiError(response.status, problem, retryAfterMs(response.headers));
  }

  async function ask(facts: OperationFacts, parameters: Parameters = {}, body?: unknown): Promise<unknown> {
    const response = await send(addressOf(facts, parameters), {
      method: facts.method,
      headers: { accept: "application/json", ...(facts.body ? { "content-type": "application/json" } : {}) },
      ...(facts.body ? { body: JSON.stringify(body) } : {}),
    });
    return facts.answer ? await response.json() : undefined;
  }

  const operations = Object.entries(OPERATIONS).map(([name, facts]) => [
    name,
    (parameters?: Parameters, body?: unknown) => ask(facts, parameters, body),
  ]);
  return {
    ...Object.fromEntries(operations),
    async *live(meters, { lastEventId, signal } = {}) {
      const response = await send(`/v1/live?meters=${meters.map(encodeURIComponent).join(",")}`, {
        headers: {
          accept: "text/event-stream",
          ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
      yield* eventsOf(response);
    },
  } as Client;
}

/** The platform counts in seconds; a date, which RFC 9110 also allows, can only come from something between. */
function retryAfterMs(headers: Headers): number | undefined {
  const seconds = headers.get("retry-after");
  return seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

function addressOf({ path, query }: OperationFacts, parameters: Parameters): string {
  const own = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(parameters[name])),
  );
  const search = new URLSearchParams();
  for (const name of query) {
    const value = parameters[name];
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? own : `${own}?${search.toString()}`;
}

async function* eventsOf(response: Response): AsyncIterable<LiveEvent> {
  const events: LiveEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) =>
      events.push({ event, id, data: JSON.parse(data) as unknown } as LiveEvent),
  });
  const decoder = new TextDecoder();
  // Not `for await` over the body: Safari's streams have no iterator.
  const reader = response.body?.getReader();
  try {
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      parser.feed(decoder.decode(read.value, { stream: true }));
      yield* events.splice(0);
    }
  } finally {
    await reader?.cancel();
  }
}
