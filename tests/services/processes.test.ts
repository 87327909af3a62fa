import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { mergedFigures } from "../../services/cluster/figures.ts";
import { LimitedChannel } from "../../services/cluster/limited-channel.ts";
import { readProcesses } from "../../services/cluster/config.ts";
import { familiesOf } from "../support/exposition.ts";

test("one process unless told otherwise, and never several on one spool", () => {
  expect(readProcesses({})).toBe(1);
  expect(readProcesses({ SMP_MQTT_PROCESSES: "8" })).toBe(8);
  expect(readProcesses({ SMP_SPOOL: "true" })).toBe(1);
  expect(() => readProcesses({ SMP_MQTT_PROCESSES: "65" })).toThrow("SMP_MQTT_PROCESSES");
  expect(() => readProcesses({ SMP_MQTT_PROCESSES: "2", SMP_SPOOL: "true" })).toThrow(
    /SMP_MQTT_PROCESSES.*SMP_SPOOL/,
  );
});

test("what a process does not read waits for it up to a limit; what it missed is told when it reads again", () => {
  const sent: (() => void)[] = [];
  const [full, missed]: [number[], number[]] = [[], []];
  const channel = new LimitedChannel<unknown>((_message, done) => void sent.push(done), {
    bytesMax: 1_000,
    full: (waitingBytes) => void full.push(waitingBytes),
    missed: (messages) => void missed.push(messages),
  });
  for (let time = 0; time < 5; time++) channel.send({ word: "x".repeat(200) });
  expect([sent.length, full]).toEqual([4, [1_200]]);
  expect(missed).toEqual([]);
  // It reads again.
  sent.splice(0).forEach((done) => done());
  expect(missed).toEqual([1]);
  for (let time = 0; time < 3; time++) channel.send("go");
  sent.forEach((done) => done());
  expect([sent.length, full.length, missed.length]).toEqual([3, 1, 1]);
});

test("figures of several processes are one family each, and every sample says whose it is", async () => {
  const ofProcess = async (value: number): Promise<string> => {
    const registers = [new Registry()];
    new Counter({ name: "plain_total", help: 'With {braces} and "quotes".', registers }).inc(value);
    new Gauge({ name: "labelled", help: "h", labelNames: ["a"], registers }).set({ a: 'x{}" y\n' }, value);
    new Histogram({ name: "seconds", help: "h", buckets: [1], registers }).observe(value);
    return await registers[0]!.metrics();
  };
  const [one, two] = [await ofProcess(1), await ofProcess(2)];
  const families = familiesOf(
    mergedFigures([
      [1, one],
      [2, `${two}\n# HELP own Only one has it.\n# TYPE own gauge\nown 7`],
    ]),
  );
  expect([...families.keys()]).toEqual(["plain_total", "labelled", "seconds", "own"]);
  expect(families.get("plain_total")).toEqual(
    new Map([
      ['plain_total{process="1"}', 1],
      ['plain_total{process="2"}', 2],
    ]),
  );
  expect(families.get("labelled")?.get(String.raw`labelled{process="2",a="x{}\" y\n"}`)).toBe(2);
  expect(families.get("seconds")?.get('seconds_bucket{process="2",le="+Inf"}')).toBe(1);
  expect(families.get("own")).toEqual(new Map([['own{process="2"}', 7]]));
});
