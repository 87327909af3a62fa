import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS } from "@smp/schemas";
import { expect, onTestFinished, test } from "vitest";
import { startRenewal } from "../../src/certificate/renewal.ts";
import { certificateWatch } from "../../src/certificate/watch.ts";
import { testCa, writeBundle } from "../publisher/certificates.ts";
import { logLines } from "../publisher/log-lines.ts";

const BEGAN_MS = Date.UTC(2026, 0, 1);

test("a clock that was years ahead and is set right does not put off the renewal by years", async () => {
  const directory = await mkdtemp(join(tmpdir(), "smp-edge-renewal-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const pki = testCa();
  await writeBundle(directory, pki.ca, pki.issue("house-7", { from: BEGAN_MS, to: BEGAN_MS + 90 * DAY_MS }));
  const { log, lines } = logLines();
  let nowMs = BEGAN_MS + 3_650 * DAY_MS;
  const renewal = startRenewal(
    { directory, url: "https://127.0.0.1:1" },
    { log, onRenewed: () => undefined, now: () => nowMs, random: () => 0.5 },
  );
  onTestFinished(() => renewal.close());
  const attempts = (): number => lines.filter((line) => line.includes("could not be renewed")).length;
  await renewal.check();
  expect(attempts()).toBe(1);
  nowMs = BEGAN_MS + 61 * DAY_MS;
  await renewal.check();
  expect(attempts()).toBe(2);
  // Not again at once, though.
  await renewal.check();
  expect(attempts()).toBe(2);
});

test("nor does it silence the warning that a certificate is about to expire", () => {
  const { log, lines } = logLines();
  let nowMs = BEGAN_MS + 3_650 * DAY_MS;
  const watch = certificateWatch(log, () => nowMs);
  onTestFinished(() => watch.close());
  const validity = { validFrom: BEGAN_MS, expires: BEGAN_MS + 90 * DAY_MS };
  watch.check(validity);
  nowMs = BEGAN_MS + 85 * DAY_MS;
  watch.check(validity);
  watch.check(validity);
  expect(lines).toEqual([
    expect.stringContaining("has expired"),
    expect.stringContaining("certificate expires in 5 days"),
  ]);
});
