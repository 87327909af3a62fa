import * as fc from "fast-check";
import type { Store } from "@smp/store";
import { expect, test } from "vitest";
import { METER_KIND } from "../src/access/meter-settings.ts";
import { makeToken, tokenDocument } from "../src/access/token.ts";
import { GROUP_KIND } from "../src/groups/group.ts";
import { ADMIN, ADMIN_TOKEN, METER, MIDNIGHT, NOW, readings } from "./fixture.ts";
import { requestsOf, type FuzzRequest } from "./openapi-arbitrary.ts";
import { ask, operations, type Asked } from "./openapi.ts";

// Every operation of openapi.yaml, with what it allows and with what it does not, asked by callers of all kinds: never a
// failure, never an answer outside the contract (problems too), never a long wait.
const seed = Number(process.env["SEED"] ?? 1);
const DURATION_MS_MAX = 2_000;
const STATUSES_OF_ALL = [200, 400, 401, 403, 404];
/** So many requests delete something that is there. */
const RUNS_OF_A_DELETION = 20;

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
  malformed: "Basic \u0080",
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

/** Readings of a meter, a group, and tokens of all kinds; what was changed of them is as it was. */
export async function fill(
  store: Pick<Store, "append" | "putDocument" | "settled">,
  { from = MIDNIGHT, now = NOW }: { from?: number; now?: number } = {},
): Promise<void> {
  // Received now: those of before are gone if the meter was deleted.
  await store.append(
    readings(from, NOW, { stepMs: 300_000 }).map((reading) => ({ ...reading, received: now })),
  );
  for (const { record } of [ADMIN, own, coarse, ingest, expired])
    await store.putDocument(tokenDocument(record));
  const group = {
    name: "g",
    kind: "other",
    visibility: "public",
    licence: null,
    meters: [METER],
    created: 0,
    updated: 0,
  };
  await store.putDocument({ kind: GROUP_KIND, id: "group-1", value: group, t: now });
  await store.putDocument({ kind: METER_KIND, id: METER, value: null, t: now });
  await store.settled();
}

/** A platform that is filled. */
export interface Target extends Asked {
  /** Makes it as it was, after whatever was changed. */
  restore: () => Promise<void>;
}

const statuses = new Map<number, number>();
let slowestMs = 0;

async function check(target: Asked, method: string, caller: string, request: FuzzRequest): Promise<number> {
  const headers: Record<string, string> = { ...request.headers };
  const authorization = CALLERS[caller];
  if (authorization !== undefined) headers["authorization"] = authorization;
  if (request.body !== undefined) headers["content-type"] = "application/json";
  const address = `${request.path}?${new URLSearchParams(request.query).toString()}`;
  const started = performance.now();
  const response = await ask(target, address, {
    method: method.toUpperCase(),
    headers,
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  const durationMs = performance.now() - started;
  slowestMs = Math.max(slowestMs, durationMs);
  expect(durationMs, address).toBeLessThan(DURATION_MS_MAX);
  expect(response.status, address).toBeLessThan(500);
  if (response.headers.get("content-type") === "text/event-stream") await response.body!.cancel();
  statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  return response.status;
}

/** The run's tests: so many requests for each operation, or as many as SMP_FUZZ_RUNS says; SEED makes others. */
export function propertyRun(target: () => Target, runs: number): void {
  const numRuns = Number(process.env["SMP_FUZZ_RUNS"] ?? runs);
  test.each(operations)(
    "$method $path: never a failure, an answer outside the contract, or a long wait",
    async ({ path, method }) => {
      const caller = fc.oneof(
        { weight: 4, arbitrary: fc.constant("admin") },
        { weight: 4, arbitrary: fc.constantFrom(...Object.keys(CALLERS)) },
      );
      await fc.assert(
        fc.asyncProperty(requestsOf(path, method, IDS), caller, async (request, who) => {
          const status = await check(target(), method, who, request);
          if (method !== "get" && status < 300) await target().restore();
        }),
        { seed, numRuns },
      );
    },
    60_000 + numRuns * DURATION_MS_MAX,
  );

  test("the run met acceptance and refusal of every kind: one that only met refusals would prove little", () => {
    if (process.env["SMP_FUZZ_RUNS"] !== undefined)
      process.stdout.write(
        `${JSON.stringify(Object.fromEntries(statuses))}, slowest ${slowestMs.toFixed(0)} ms\n`,
      );
    for (const status of numRuns < RUNS_OF_A_DELETION ? STATUSES_OF_ALL : [...STATUSES_OF_ALL, 204])
      expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(0);
    expect(statuses.get(200)).toBeGreaterThan(4 * numRuns);
  });
}
