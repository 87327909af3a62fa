/**
 * Several processes behind one port, so that all cores of a machine work. The first process hands the connections out in turn,
 * answers for the health of all, and ends when one of them does; the others do the work.
 */
import cluster, { type Worker } from "node:cluster";
import { processMetrics } from "@smp/bridge";
import type { CheckResult } from "@smp/schemas";
import type { Logger } from "pino";
import { mergedFigures } from "./figures.ts";
import { healthAddress, startHealth } from "../process/health.ts";
import { LimitedChannel } from "./limited-channel.ts";
import { stopOnSignal, type Closable } from "../process/process.ts";
import { serve } from "../process/serve.ts";
import {
  ALIVE,
  GO,
  runWorker,
  STOP,
  type Answer,
  type Place,
  type Said,
  type State,
  type Told,
} from "./worker.ts";

/** A process that has not answered by then is not ready: before who asks gives up, so that it can be named. */
const ANSWER_MS_MAX = 3_000;

/** Runs what `open` opens in `count` processes; `parts` are those that it tells the health of. */
export async function runProcesses(
  count: number,
  parts: readonly string[],
  open: (logger: Logger, place: Place) => Promise<Closable[]>,
): Promise<void> {
  if (cluster.worker) return await runWorker(cluster.worker.id, open);
  const processes = new Processes();
  await serve(
    async (logger) => {
      const address = healthAddress();
      await processes.start(count, logger);
      const own = processMetrics();
      const health = await startHealth(address, {
        checks: Object.fromEntries(parts.map((part) => [part, () => processes.check(part)])),
        alive: () => processes.check(ALIVE),
        metrics: async () => mergedFigures([[0, await own()], ...(await processes.figures())]),
      });
      return [health, processes];
    },
    (closables, logger) => stopOnSignal(closables, logger, processes.failed),
  );
}

class Processes implements Closable {
  readonly #workers: Worker[] = [];
  readonly #channels = new Map<Worker, LimitedChannel<Told>>();
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;
  #isClosing = false;
  #fail: () => void = () => undefined;
  /** Resolves when a process ended that nobody stopped. Half a broker is worse than one that is started anew. */
  readonly failed = new Promise<void>((resolve) => (this.#fail = resolve));

  /** One after the other, so that what hinders all is said once; but the port is opened by all together. */
  async start(count: number, logger: Logger): Promise<void> {
    // One that hangs would hear nothing of this one's end.
    process.once("exit", () => this.#workers.forEach((worker) => worker.process.kill("SIGKILL")));
    cluster.on("exit", ({ id }, code, signal) => {
      if (this.#isClosing && code === 0) return;
      process.exitCode ??= code || 1;
      if (this.#isClosing) return;
      logger.error({ process: id, code, signal }, "a process has ended by itself: the others are stopped");
      this.#fail();
    });
    await Promise.race([this.#startAll(count, logger), this.failed]);
  }

  async #startAll(count: number, logger: Logger): Promise<void> {
    while (this.#workers.length < count) {
      const worker = cluster.fork();
      this.#workers.push(worker);
      this.#channels.set(worker, channelTo(worker, logger));
      worker.on("message", (said: Said) => this.#hear(worker, said));
      await this.#come(worker, "prepared");
      if (this.#isClosing) return;
    }
    const ready = this.#workers.map((worker) => this.#come(worker, "ready"));
    for (const worker of this.#workers) this.#send(worker, GO);
    await Promise.all(ready);
  }

  #come(worker: Worker, state: State): Promise<void> {
    return new Promise((resolve) => {
      const hear = (said: Said): void => {
        if (said !== state) return;
        worker.off("message", hear);
        resolve();
      };
      worker.on("message", hear);
    });
  }

  #hear(worker: Worker, said: Said): void {
    if (typeof said === "string") return;
    if ("word" in said) {
      for (const other of this.#workers) if (other !== worker) this.#send(other, { word: said.word });
      return;
    }
    this.#waiting.get(said.id)?.(said);
    this.#waiting.delete(said.id);
  }

  async check(part: string): Promise<CheckResult> {
    const checks = await Promise.all(
      this.#workers.map(async (worker): Promise<CheckResult> => {
        const { value, error } = await this.#ask(worker, part);
        const { ok, detail } = error === undefined ? (value as CheckResult) : { ok: false, detail: error };
        return { ok, detail: detail === undefined ? undefined : `process ${worker.id}: ${detail}` };
      }),
    );
    const details = checks.flatMap(({ detail }) => detail ?? []);
    return { ok: checks.every(({ ok }) => ok), detail: details.length > 0 ? details.join("; ") : undefined };
  }

  /** Of the processes that answer. */
  async figures(): Promise<[number, string][]> {
    const answers = await Promise.all(
      this.#workers.map(async (worker) => [worker.id, await this.#ask(worker, "metrics")] as const),
    );
    return answers.flatMap(([id, { value }]) => (typeof value === "string" ? [[id, value]] : []));
  }

  #ask(worker: Worker, about: string): Promise<Answer> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.#waiting.delete(id);
        resolve({ id, error: `no answer within ${ANSWER_MS_MAX} ms` });
      }, ANSWER_MS_MAX);
      this.#waiting.set(id, (answer) => {
        clearTimeout(late);
        resolve(answer);
      });
      this.#send(worker, { id, about });
    });
  }

  #send(worker: Worker, told: Told): void {
    this.#channels.get(worker)?.send(told);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(
      this.#workers.map(async (worker) => {
        if (worker.isDead()) return;
        const gone = new Promise((resolve) => worker.once("exit", resolve));
        this.#send(worker, STOP);
        await gone;
      }),
    );
  }
}

/** What a process misses that reads nothing (which device is online, whose session has begun anew) nobody could tell it later. */
const channelTo = (worker: Worker, logger: Logger): LimitedChannel<Told> =>
  new LimitedChannel<Told>((told, sent) => worker.send(told, sent), {
    full(waitingBytes) {
      logger.error(
        { process: worker.id, waitingBytes },
        "a process reads nothing of what it is told: it is ended",
      );
      worker.process.kill("SIGKILL");
    },
  });
