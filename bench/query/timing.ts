import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

export type Query = (round: number) => Promise<unknown>;

/** Where and of what the figures are. */
export function machine(): string {
  const root = new URL("../../", import.meta.url);
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root }).toString().trim();
  return `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, commit ${commit}`;
}

export const quantile = (list: readonly number[], q: number): number =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0;

/** Milliseconds of each answer, for some time and at least five times; three answers before do not count. */
export async function timed(ask: Query, measureMs: number): Promise<number[]> {
  for (let round = 0; round < 3; round++) await ask(round);
  const times: number[] = [];
  const end = performance.now() + measureMs;
  for (let round = 3; performance.now() < end || times.length < 5; round++) {
    const start = performance.now();
    await ask(round);
    times.push(performance.now() - start);
  }
  return times;
}

export function line(name: string, times: readonly number[], limitMs?: number): string {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(times, q)) as [number, number, number];
  const verdict = limitMs === undefined ? "" : p50 <= limitMs ? `  (≤ ${limitMs})` : `  ABOVE ${limitMs}`;
  return `${name.padEnd(44)} p50 ${p50.toFixed(1).padStart(7)}  p95 ${p95.toFixed(1).padStart(7)}  p99 ${p99.toFixed(1).padStart(7)} ms${verdict}`;
}
