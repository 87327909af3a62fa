import { PlatformError } from "@smp/schemas";
import type { Bundle } from "../leaf/issue.ts";
import { progress, say } from "./output.ts";

/** What stops all of them, not only the one at which it showed. */
const FOR_ALL = new Set([
  "ca-missing",
  "ca-expired",
  "config",
  "interrupted",
  "key-exposed",
  "key-missing",
  "key-mismatch",
  "locked",
  "passphrase-missing",
  "passphrase-wrong",
  "registry-damaged",
  "registry-missing",
  "registry-write",
]);

/** `meter` three times: meter-1, meter-2, meter-3; with leading zeros, so that they sort. */
export const namesOf = (name: string, count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `${name}-${String(index + 1).padStart(String(count).length, "0")}`,
  );

/**
 * Issues one after the other. What fails for one is told, and the others go on; Ctrl-C ends behind the one in work. A second
 * run goes on where this one ended. Sets the exit code: 1 none, 3 not all, 130 interrupted.
 */
export async function issueMany(
  names: readonly string[],
  what: string,
  issue: (name: string) => Promise<Bundle>,
  done: (name: string, bundle: Bundle) => Promise<void>,
): Promise<void> {
  const counts = { made: 0, existed: 0, failed: 0 };
  let interrupted = false;
  const onSignal = (): void => void (interrupted = true);
  process.once("SIGINT", onSignal);
  const step = progress(names.length, what);
  try {
    for (const [index, name] of names.entries()) {
      if (interrupted) break;
      try {
        const bundle = await issue(name);
        counts[bundle.status === "exists" ? "existed" : "made"] += 1;
        await done(name, bundle);
      } catch (error) {
        if (!(error instanceof PlatformError) || FOR_ALL.has(error.code)) throw error;
        counts.failed += 1;
        say(`${name}: ${error.message}`);
      }
      step(index + 1);
    }
  } finally {
    process.off("SIGINT", onSignal);
  }
  const { made, existed, failed } = counts;
  say(`${made} ${what} issued, ${existed} existed, ${failed} failed.`);
  if (interrupted) {
    say("Interrupted: the same command goes on where it ended.");
    process.exitCode = 130;
  } else if (failed > 0) process.exitCode = made + existed > 0 ? 3 : 1;
}
