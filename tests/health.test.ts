import { expect, onTestFinished, test } from "vitest";
import { startHealth, type Check } from "../process.ts";

/** The health side of a process whose parts are as the test says. */
async function healthOf(
  checks: Record<string, () => Promise<Check>>,
  metrics: () => Promise<string> = () => Promise.resolve(""),
): Promise<(path: string) => Promise<{ status: number; text: string }>> {
  const health = await startHealth({ host: "127.0.0.1", port: 0 }, { checks, metrics, checkMs: 50 });
  onTestFinished(() => health.close());
  return async (path) => {
    const answer = await fetch(`http://127.0.0.1:${health.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
}
const well = (): Promise<Check> => Promise.resolve({ ok: true });

test("a loader that loads nothing is a figure, for it has no other by which somebody could be called", async () => {
  const load = (): Promise<Check> => Promise.resolve({ ok: false, detail: "The store takes nothing" });
  const ask = await healthOf({ load, log: well }, () => Promise.resolve("own 1\n"));
  const { status, text } = await ask("/metrics");
  expect(status).toBe(200);
  expect(text.split("\n")).toEqual(
    expect.arrayContaining([
      "own 1",
      "# TYPE smp_ready gauge",
      'smp_ready{part="load"} 0',
      'smp_ready{part="log"} 1',
    ]),
  );
  expect(await ask("/readyz")).toMatchObject({ status: 503 });
  expect(await ask("/healthz")).toMatchObject({ status: 200 });
});

test("figures that cannot be told are an answer, and not the end of the process", async () => {
  const ask = await healthOf({ log: well }, () => Promise.reject(new Error("no figures")));
  expect(await ask("/metrics")).toEqual({ status: 500, text: "Error: no figures\n" });
  expect(await ask("/readyz")).toMatchObject({ status: 200 });
});

test("a part that does not answer is not ready, and keeps nobody waiting", async () => {
  const ask = await healthOf({ store: () => new Promise(() => undefined) });
  const { status, text } = await ask("/readyz");
  expect(status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({
    checks: { store: { ok: false, detail: "no answer within 50 ms" } },
  });
});
