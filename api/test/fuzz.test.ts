import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makeToken, tokenDocument } from "../src/access/token.ts";
import { ADMIN_TOKEN, anonymousFixture, METER, MIDNIGHT, NOW, readings, type Fixture } from "./fixture.ts";
import { requestsOf, type FuzzRequest } from "./openapi-arbitrary.ts";
import { ask, operations } from "./openapi.ts";

// Every operation of openapi.yaml, with what it allows and with what it does not, asked by callers of all kinds: never a
// failure, never an answer outside the contract (problems too), never a long wait.
const seed = Number(process.env["SEED"] ?? 1);
const RUNS = Number(process.env["SMP_FUZZ_RUNS"] ?? 25);
const DURATION_MS_MAX = 2_000;
const STATUSES_OF_ALL = [200, 204, 400, 401, 403, 404];

const own = makeToken({ name: "own", scopes: ["read", "write"], meters: [METER] }, NOW);
const coarse = makeToken({ name: "coarse", meters: [METER], finest: "day" }, NOW);
const ingest = makeToken({ name: "ingest", scopes: ["ingest"], device: METER }, NOW);
const expired = makeToken({ name: "expired", expires_in_days: 1 }, NOW - 2 * 86_400_000);
const CALLERS: Record<string, string | undefined> = {
  nobody: undefined,
  admin: `Bearer ${ADMIN_TOKEN}`,
  own: `Bearer ${own.secret}`,
  coarse: `Bearer ${coarse.secret}`,
  ingest: `Bearer ${ingest.secret}`,
  expired: `Bearer ${expired.secret}`,
  unknown: `Bearer smp_${"x".repeat(43)}`,
  malformed: "Basic \u007f",
};
const IDS = [
  METER,
  "group-1",
  "haus-2026",
  "at-day-ahead",
  "reading.schema.json",
  "unknown-meter",
  "start.js",
];

/** A platform with a meter, a group, and tokens of all kinds; not more than a few hours of readings, for speed. */
async function platform(): Promise<Fixture> {
  const takesNothing = { take: () => Promise.resolve({ accepted: [], rejected: [] }) };
  const made = anonymousFixture(
    { requestsPerMinute: 0, listenersPerAddressMax: 100 },
    {},
    { ingest: takesNothing },
  );
  await made.store.append(readings(MIDNIGHT, NOW, { stepMs: 300_000 }));
  for (const { record } of [own, coarse, ingest, expired])
    await made.store.putDocument(tokenDocument(record));
  const group = {
    name: "g",
    kind: "other",
    visibility: "public",
    licence: null,
    meters: [METER],
    created: 0,
    updated: 0,
  };
  await made.store.putDocument({ kind: "group", id: "group-1", value: group, t: 0 });
  return made;
}

const statuses = new Map<number, number>();
async function check(
  { app }: Fixture,
  method: string,
  caller: string,
  request: FuzzRequest,
): Promise<number> {
  const headers: Record<string, string> = { ...request.headers };
  const authorization = CALLERS[caller];
  if (authorization !== undefined) headers["authorization"] = authorization;
  if (request.body !== undefined) headers["content-type"] = "application/json";
  const address = `${request.path}?${new URLSearchParams(request.query).toString()}`;
  const started = performance.now();
  const response = await ask(app, address, {
    method: method.toUpperCase(),
    headers,
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  expect(performance.now() - started, address).toBeLessThan(DURATION_MS_MAX);
  expect(response.status, address).toBeLessThan(500);
  if (response.headers.get("content-type") === "text/event-stream") await response.body!.cancel();
  statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  return response.status;
}

test.each(operations)(
  "$method $path: never a failure, an answer outside the contract, or a long wait",
  async ({ path, method }) => {
    let made = await platform();
    const caller = fc.oneof(
      { weight: 4, arbitrary: fc.constant("admin") },
      { weight: 4, arbitrary: fc.constantFrom(...Object.keys(CALLERS)) },
    );
    await fc.assert(
      fc.asyncProperty(requestsOf(path, method, IDS), caller, async (request, who) => {
        const status = await check(made, method, who, request);
        // Whatever was changed, the next request finds the platform as it was.
        if (method !== "get" && status < 300) made = await platform();
      }),
      { seed, numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
    );
  },
  120_000,
);

test("the run met acceptance and refusal of every kind: one that only met refusals would prove little", () => {
  for (const status of STATUSES_OF_ALL) expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(0);
  expect(statuses.get(200)).toBeGreaterThan(100);
});
