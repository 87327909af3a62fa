import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { watchLog } from "../../src/messages/outage.ts";
import { createSessions, type Session } from "../../src/sessions/sessions.ts";
import { createMetrics } from "../../src/metrics.ts";
import { LIMITS } from "../../src/limits.ts";
import { scriptedIngest } from "../harness.ts";

afterEach(() => vi.restoreAllMocks());

test("a message that waits for an input which hangs is no outage while the log takes others", () => {
  let nowMs = 1_000;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  const sessions = createSessions({ registry: undefined, limits: LIMITS, gauge: createMetrics().sessions });
  const outage = watchLog({
    ingest: scriptedIngest(),
    sessions,
    refuse: (refusal) => refusal,
    logger: pino({ level: "silent" }),
    limits: LIMITS,
  });
  const session = { held: 0 } as Session;
  const stuck = outage.hold(session);
  nowMs += LIMITS.logAwayMs - 1;
  const other = outage.hold(session);
  nowMs += 1;
  expect(outage.isAway()).toBe(true);
  outage.release(other, true);
  expect([outage.isAway(), outage.lastsMs()]).toEqual([false, 0]);
  // A refusal says nothing of the log.
  nowMs += LIMITS.logAwayMs;
  outage.release(outage.hold(session), false);
  expect(outage.isAway()).toBe(true);
  outage.release(stuck, true);
  expect(outage.isAway()).toBe(false);
  outage.stop();
});
