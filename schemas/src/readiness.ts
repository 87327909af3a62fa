import { messageOf } from "./platform-error.ts";

/** What a part says of itself; the detail is a sentence for the operator when not ok. */
export interface CheckResult {
  ok: boolean;
  detail?: string | undefined;
}

/** One thing that must be there for a process to be ready. */
export type Check = () => Promise<CheckResult>;

type Answer = { ok: boolean; detail?: string };

/** Asks every part. One that fails, or has not answered by then, is not ready: who asks does not wait longer than that either. */
export const askChecks = (
  checks: Readonly<Record<string, Check>>,
  timeoutMs: number,
): Promise<[string, Answer][]> =>
  Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, Answer]> => [
      name,
      await ask(check, timeoutMs),
    ]),
  );

async function ask(check: Check, timeoutMs: number): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    const detail = `no answer within ${timeoutMs} ms`;
    timer = setTimeout(() => resolve({ ok: false, detail }), timeoutMs);
  });
  try {
    const { ok, detail } = await Promise.race([check(), late]);
    return { ok, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The same figure from a process with an API and from one without, so that one alert is enough for all. */
export const readyFigures = (results: readonly [string, CheckResult][]): string =>
  [
    "# HELP smp_ready 1 when the part of this process is able to work.",
    "# TYPE smp_ready gauge",
    ...results.map(([name, { ok }]) => `smp_ready{part="${name}"} ${ok ? 1 : 0}`),
    "",
  ].join("\n");
