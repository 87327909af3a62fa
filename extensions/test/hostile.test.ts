import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { PlatformError } from "@smp/schemas";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Manifest } from "../src/contract/manifest.ts";
import { LIMITS, type Limits } from "../src/host/limits.ts";
import { extensionMetrics } from "../src/host/metrics.ts";
import { findExtension } from "../src/host/package.ts";
import { Supervisor } from "../src/host/supervisor.ts";
import { openExtensions, readExtensionsConfig, type Extensions } from "../src/index.ts";
import { ExtensionFolders } from "./support/extension-folder.ts";
import { fakeStore, reading } from "./support/fake-store.ts";

// Extensions that speak to the platform behind the interface's back, and supervisors that are called at a bad moment.
let folders: ExtensionFolders;
const supervisors: Supervisor[] = [];
const opened: Extensions[] = [];
beforeAll(async () => {
  folders = await ExtensionFolders.make();
});
afterEach(async () => {
  for (const one of [...supervisors.splice(0), ...opened.splice(0)]) await one.close();
});
afterAll(() => folders.remove());

let count = 0;
async function supervise(
  kind: Manifest["kind"],
  code: string,
  limits: Partial<Limits> = {},
  settings: () => Promise<Record<string, string>> = async () => ({}),
): Promise<Supervisor> {
  const folder = await folders.write({ name: `hostile-${++count}`, kind, rights: {} }, code);
  const supervisor = new Supervisor({
    extension: await findExtension(folder, folders.dir),
    limits: { ...LIMITS[kind], ...limits },
    settings,
    timeZone: "UTC",
    logger: pino({ level: "silent" }),
    metrics: extensionMetrics(),
  });
  supervisors.push(supervisor);
  return supervisor;
}

/** Writes frames of its own on the channel to the platform; `@` in a text becomes a list too deep for any stack. */
const RAW = `
import { writeSync } from "node:fs";
const DEEP = "[".repeat(200_000) + "]".repeat(200_000);
const send = (text) => {
  const head = Buffer.from(text.replace("@", DEEP));
  const frame = Buffer.alloc(8 + head.length);
  frame.writeUInt32BE(4 + head.length, 0);
  frame.writeUInt32BE(head.length, 4);
  head.copy(frame, 8);
  for (let at = 0; at < frame.length;) {
    try { at += writeSync(3, frame, at); } catch (error) { if (error.code !== "EAGAIN") throw error; }
  }
};
`;
/** An input that answers the call `id` behind the interface's back. */
const answering = (text: string): string => `${RAW}
  let id = 0;
  export default { decode() { send(\`${text}\`.replace("ID", ++id)); return new Promise(() => {}); } };`;

test("an answer whose error is no text fails its call, and does not hang it", async () => {
  const it = await supervise("input", answering(`{"answer":ID,"error":@}`), {
    callMs: 60_000,
  });
  await expect(it.call({})).rejects.toMatchObject({ reason: "threw" });
});

test("a question with a number that is none costs nobody but its process", async () => {
  const it = await supervise("input", answering(`{"ask":@,"of":ID,"method":"meters","query":null}`), {
    callMs: 60_000,
  });
  await expect(it.call({}, undefined, async () => [])).rejects.toMatchObject({
    reason: "flood",
  });
});

test("what a processor emits and nobody can write down is its own failure, and not tried for ever", async () => {
  const folder = await folders.write(
    { name: "deep", kind: "processor", rights: { events: true } },
    `${RAW}
    let id = 0;
    export default { process() {
      send(\`{"answer":\${++id},"value":{"events":[{"id":"a","type":"a","meter":"house","t":${Date.UTC(2026, 5, 1)},"title":"A.","data":@}]}}\`);
      return new Promise(() => {});
    } };`,
  );
  const extensions = await openExtensions(readExtensionsConfig({ SMP_EXTENSIONS: folder }, folders.dir), {
    limits: { processor: { attemptsMax: 1, attemptPauseMs: 1 } },
  });
  opened.push(extensions);
  const [processor] = extensions.processors({
    store: fakeStore(),
    append: async () => undefined,
  });
  await processor!.process([reading("house", Date.UTC(2026, 5, 1), { "x-a": 1 })]);
  expect(extensions.list().at(-1)?.lastFailure?.detail).toMatch(
    // What is too deep for V8's JSON up to Node 24 is only too long from then on.
    /cannot be read|more than 4096 bytes/,
  );
});

test("answers of the store that the process does not read do not pile up in the platform", async () => {
  const it = await supervise(
    "input",
    `${RAW}
    const rest = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    export default { decode() {
      for (let ask = 1; ask < 500; ask++) {
        send(\`{"ask":\${ask},"of":1,"method":"meters","query":null}\`);
        rest(2);
      }
      rest(60_000);
    } };`,
    { callMs: 10_000 },
  );
  let answers = 0;
  const asked = async (): Promise<string> => {
    answers++;
    return "x".repeat(500_000);
  };
  await expect(it.call({}, undefined, asked)).rejects.toMatchObject({
    reason: "flood",
  });
  expect(answers).toBeLessThanOrEqual(20);
}, 20_000);

test("calls that come while the process is being loaded wait until it is", async () => {
  const it = await supervise(
    "output",
    `await new Promise((resolve) => setTimeout(resolve, 300));
     export default { fetch: () => new Response("fine") };`,
  );
  const args = { method: "GET", url: "http://x/", headers: [] };
  const first = it.call(args);
  for (let ms = 0; it.state.state !== "running" && ms < 10_000; ms += 5) await wait(5);
  const answers = await Promise.all([first, it.call(args), it.call(args)]);
  expect(answers.map(({ bytes }) => String(bytes))).toEqual(["fine", "fine", "fine"]);
});

const childrenOf = async (folder: string): Promise<string[]> => {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    if (line.includes(`--allow-fs-read=${folder}`) && !/\) Z /.test(stat)) found.push(pid);
  }
  return found;
};

test("a process that is started while the platform closes does not outlive it", async () => {
  let goOn = (): void => undefined;
  let asked = (): void => undefined;
  const reached = new Promise<void>((resolve) => (asked = resolve));
  const it = await supervise("input", "export default { decode: () => [] };", {}, async () => {
    asked();
    await new Promise<void>((resolve) => (goOn = resolve));
    return {};
  });
  const call = it.call({}).catch(() => undefined);
  await reached;
  const closed = it.close();
  goOn();
  await Promise.all([closed, call]);
  await wait(50);
  expect(await childrenOf(it.extension.folder)).toEqual([]);
});

test("a service manager's SIGTERM to all processes does not take the last calls away", async () => {
  const it = await supervise(
    "input",
    `export default { async decode() { await new Promise((resolve) => setTimeout(resolve, 400)); return []; } };`,
    { callMs: 60_000 },
  );
  await it.call({});
  const call = it.call({});
  const pids = await childrenOf(it.extension.folder);
  expect(pids).toHaveLength(1);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.kill(Number(pids[0]), signal);
  await expect(call).resolves.toMatchObject({ value: [] });
});

test("a message that breaks an input again and again holds up the others' for a moment only", async () => {
  const it = await supervise(
    "input",
    `export default { decode({ payload }) { if (payload.length > 0) process.exit(1); return []; } };`,
    { callMs: 2_000, backOffMs: [1, 60_000] },
  );
  for (let round = 0; round < 3; round++) {
    await expect(it.call({})).resolves.toMatchObject({ value: [] });
    await expect(it.call({}, new Uint8Array(1))).rejects.toMatchObject({
      reason: "died",
    });
  }
}, 20_000);

test("a processor that asks for many meters at once gets its answers", async () => {
  const it = await supervise(
    "processor",
    `export default { async process(_batch, { store }) {
      const all = await Promise.all(Array.from({ length: 100 }, (_, index) => store.latest(["m" + index])));
      const wrong = await store.latest(10n).catch((error) => error.message);
      return { events: [all.length, wrong] };
    } };`,
  );
  let atOnce = 0;
  let most = 0;
  const asked = async (): Promise<unknown[]> => {
    most = Math.max(most, ++atOnce);
    await wait(1);
    atOnce--;
    return [];
  };
  await expect(it.call({}, undefined, asked)).resolves.toMatchObject({
    value: { events: [100, expect.stringContaining("BigInt")] },
  });
  expect(most).toBeGreaterThan(1);
});

test("a store that is away costs a processor no batch, however long", async () => {
  const folder = await folders.write(
    { name: "asking", kind: "processor", rights: { read: "raw", emit: true } },
    `export default { async process({ readings: [{ t }] }, { store }) {
      await store.latest(["house"]);
      return { readings: [{ m: "a", t, r: { "x-a": 1 } }] }; } };`,
  );
  const extensions = await openExtensions(readExtensionsConfig({ SMP_EXTENSIONS: folder }, folders.dir), {
    limits: { processor: { attemptsMax: 2, attemptPauseMs: 1 } },
  });
  opened.push(extensions);
  const store = fakeStore();
  let away = 6;
  const emitted: unknown[] = [];
  const [processor] = extensions.processors({
    store: {
      ...store,
      async latest(meters) {
        if (away-- > 0) throw new PlatformError("store-failed", "away", { retryable: true });
        return await store.latest(meters);
      },
    },
    append: async (readings) => void emitted.push(...readings),
  });
  await processor!.process([reading("house", Date.UTC(2026, 5, 1), { "x-a": 1 })]);
  expect(emitted).toHaveLength(1);
});
