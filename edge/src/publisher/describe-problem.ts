import type { Problem } from "@smp/schemas";

const TEXT_LENGTH_MAX = 500;

/** What the platform says on the error topic, as one sentence for the log. */
export function describeProblem(payload: Buffer): string {
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(payload.toString()) as Partial<Problem>;
  } catch {
    problem = { title: payload.toString() };
  }
  const { code, title, detail } = problem ?? {};
  const what = [detail ?? title, code === undefined ? undefined : `(${code})`].filter(Boolean).join(" ");
  return `the platform rejected a reading: ${what.slice(0, TEXT_LENGTH_MAX) || "without a reason"}`;
}
