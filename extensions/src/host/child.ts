import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { messageOf } from "@smp/schemas";
import type { Logger } from "pino";
import { encodeFrame, FrameReader, type Frame } from "../runner/frames.ts";
import type { Context } from "../runner/kinds.ts";
import { ChildOutput } from "./child-output.ts";
import { ExtensionFailure, type FailureReason } from "./failure.ts";
import { COMPILED } from "./folders.ts";
import type { Limits } from "./limits.ts";
import type { ExtensionPackage } from "./package.ts";

const RUNNER = join(COMPILED, "runner/main.js");
const WATCH_MS = 250;
const PAGE_BYTES = 4_096;

/** Answers a question that a call asks of the store. */
export type Asked = (method: string, query: unknown) => Promise<unknown>;

export interface Answer {
  value: unknown;
  bytes: Buffer;
}

interface Pending {
  resolve: (answer: Answer) => void;
  reject: (failure: ExtensionFailure) => void;
  asked: Asked;
  asks: number;
  timer: NodeJS.Timeout;
}

/**
 * One process of an extension, from its start to its end. Node's permission model gives it its own folder to read and
 * nothing else; its environment is empty. Whatever breaks a limit ends it: `ended` says why, and calls under way fail.
 */
export class Child {
  readonly ended: Promise<ExtensionFailure>;
  readonly #extension: ExtensionPackage;
  readonly #limits: Limits;
  readonly #process: ChildProcess;
  readonly #channel: Duplex;
  readonly #pending = new Map<number, Pending>();
  readonly #reader: FrameReader;
  readonly #watch: NodeJS.Timeout;
  #asksUnderWay = 0;
  #lastCall = 0;
  #failure: ExtensionFailure | undefined;
  #end!: (failure: ExtensionFailure) => void;
  #loaded: { resolve: () => void; reject: (failure: ExtensionFailure) => void } | undefined;

  constructor(extension: ExtensionPackage, limits: Limits, logger: Logger) {
    this.#extension = extension;
    this.#limits = limits;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#reader = new FrameReader(limits.frameBytesMax);
    this.#process = spawn(process.execPath, [...flags(extension, limits), RUNNER], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: {},
      cwd: extension.folder,
    });
    this.#channel = this.#process.stdio[3] as Duplex;
    this.#channel.on("data", (chunk: Buffer) => this.#receive(chunk));
    // Its end is told by the process' own.
    this.#channel.on("error", () => undefined);
    const output = new ChildOutput(logger, limits.outputBytesMax, (detail) => this.cut("flood", detail));
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on("data", (chunk: Buffer) => output.take(chunk));
    this.#process.once("error", (error) => this.cut("broken", `could not be started: ${error.message}.`));
    this.#process.once("exit", (code, signal) => this.#exited(code, signal, output.outOfMemory));
    this.#watch = setInterval(() => void this.#checkMemory(), WATCH_MS);
    this.#watch.unref();
    this.#process.unref();
  }

  /** Resolves when the extension's code is loaded. */
  async load(context: Context): Promise<void> {
    const { manifest, entry } = this.#extension;
    const timer = setTimeout(
      () => this.cut("hung", `was not loaded within ${this.#limits.startMs} ms.`),
      this.#limits.startMs,
    );
    try {
      await new Promise<void>((resolve, reject) => {
        this.#loaded = { resolve, reject };
        if (this.#failure) return reject(this.#failure);
        const network = manifest.rights?.network ?? false;
        this.#channel.write(encodeFrame({ start: { entry, kind: manifest.kind, network, context } }));
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** One call; fails when it throws, and when the process ends before the answer. */
  call(args: unknown, bytes: Uint8Array, asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const id = ++this.#lastCall;
      const timer = setTimeout(
        () => this.cut("hung", `gave no answer within ${this.#limits.callMs} ms.`),
        this.#limits.callMs,
      );
      this.#pending.set(id, { resolve, reject, asked, asks: 0, timer });
      this.#channel.write(encodeFrame({ call: id, args }, bytes));
    });
  }

  /** Ends the process at once. */
  cut(reason: FailureReason, detail: string): void {
    if (this.#failure) return;
    const failure = new ExtensionFailure(this.#extension.manifest.name, reason, detail);
    this.#failure = failure;
    clearInterval(this.#watch);
    this.#process.kill("SIGKILL");
    this.#channel.destroy();
    this.#loaded?.reject(failure);
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(failure);
    }
    this.#pending.clear();
    this.#end(failure);
  }

  #exited(code: number | null, signal: string | null, outOfMemory: boolean): void {
    if (outOfMemory) return this.cut("memory", `used up its JavaScript heap of ${this.#limits.heapMiB} MiB.`);
    this.cut("died", `ended by itself (${signal ?? `exit code ${code}`}).`);
  }

  #receive(chunk: Buffer): void {
    if (this.#failure) return;
    try {
      for (const frame of this.#reader.push(chunk)) this.#take(frame);
    } catch (error) {
      this.cut("flood", `sent what is no answer: ${messageOf(error)}.`);
    }
  }

  #take({ head, bytes }: Frame): void {
    if (head["answer"] !== undefined) return this.#answered(Number(head["answer"]), head, bytes);
    if (head["ask"] !== undefined) return this.#ask(head);
    if (head["ready"] === true && this.#loaded) return this.#loaded.resolve();
    if (typeof head["failed"] === "string")
      return this.cut("broken", `cannot be loaded: ${head["failed"].slice(0, 2_000)}`);
    throw new Error("a frame of unknown kind");
  }

  #answered(id: number, head: Frame["head"], bytes: Buffer): void {
    const pending = this.#pending.get(id);
    if (!pending) throw new Error("an answer that nobody waits for");
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    const { error } = head;
    if (error === undefined) return pending.resolve({ value: head["value"], bytes });
    const { name } = this.#extension.manifest;
    const text = typeof error === "string" ? error : "something that is no text";
    pending.reject(new ExtensionFailure(name, "threw", `threw: ${text.slice(0, 2_000)}`));
  }

  #ask({ ask, of, method, query }: Frame["head"]): void {
    const pending = this.#pending.get(Number(of));
    // A question of a call that is over; what it would have done with the answer nobody waits for.
    if (!pending)
      return void this.#channel.write(encodeFrame({ reply: Number(ask), error: "The call is over." }));
    if (++pending.asks > this.#limits.asksMax || this.#asksUnderWay >= this.#limits.asksAtOnceMax)
      return this.cut("flood", `asked too much of the store in one call, or at once.`);
    void this.#reply(Number(ask), () => pending.asked(String(method), query));
  }

  async #reply(ask: number, answer: () => Promise<unknown>): Promise<void> {
    this.#asksUnderWay++;
    let frame: Buffer;
    try {
      frame = encodeFrame({ reply: ask, value: (await answer()) ?? null });
    } catch (error) {
      frame = encodeFrame({ reply: ask, error: messageOf(error) });
    }
    if (this.#failure) return;
    // A process that asks and reads no answer would have them pile up here.
    this.#channel.write(frame, () => this.#asksUnderWay--);
  }

  /** The heap's limit does not cover buffers; where the system tells how much memory a process has, all of it counts. */
  async #checkMemory(): Promise<void> {
    const statm = await readFile(`/proc/${this.#process.pid}/statm`, "utf8").catch(() => undefined);
    const residentMiB = (Number(statm?.split(" ")[1] ?? 0) * PAGE_BYTES) / 2 ** 20;
    if (residentMiB > this.#limits.residentMiB)
      this.cut("memory", `took ${Math.round(residentMiB)} MiB, but may take ${this.#limits.residentMiB}.`);
  }
}

/** The same permission model, called experimental before Node 23.5. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";

/** From Node 25 on, where even the channel needs it; `guardProcess` drops it for those who lack the right. */
const NETWORK = process.allowedNodeEnvironmentFlags.has("--allow-net") ? ["--allow-net"] : [];

function flags({ readable }: ExtensionPackage, { heapMiB }: Limits): string[] {
  const paths = [...new Set([COMPILED, ...readable])];
  return [
    PERMISSION,
    ...NETWORK,
    // Node 20 ends itself when the same path is given twice, or one below another.
    ...paths
      .filter((path) => !paths.some((other) => other !== path && path.startsWith(other)))
      .map((path) => `--allow-fs-read=${path}`),
    `--max-old-space-size=${heapMiB}`,
    "--no-warnings",
  ];
}
