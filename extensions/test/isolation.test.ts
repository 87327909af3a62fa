import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ExtensionFailure } from "../src/host/failure.ts";
import { openExtensions, readExtensionsConfig, type ExtensionKind, type Extensions } from "../src/index.ts";
import { ExtensionFolders } from "./support/extension-folder.ts";
import { fakeStore, reading } from "./support/fake-store.ts";

// An extension of each kind that throws, hangs, leaks, floods or dies: it costs its own call, and the next one works.
const NOW = Date.now();
let folders: ExtensionFolders;
const opened: Extensions[] = [];
beforeAll(async () => {
  folders = await ExtensionFolders.make();
});
afterEach(async () => {
  for (const extensions of opened.splice(0)) await extensions.close();
});
afterAll(() => folders.remove());

const everywhere = { canRead: () => true };

interface Subject {
  extensions: Extensions;
  /** One call of the extension: "good" works, anything else misbehaves. Resolves with what came of it. */
  call: (what: string) => Promise<string>;
}

/** An extension of a kind whose `misbehave` runs unless it is called with "good". */
async function subject(
  kind: ExtensionKind,
  misbehave: string,
  limits: Record<string, unknown> = {},
): Promise<Subject> {
  const name = `bad-${kind}-${opened.length}-${Math.random().toString(36).slice(2, 8)}`;
  const code = {
    input: `export default { async decode({ payload }) {
      const what = new TextDecoder().decode(payload);
      if (what !== "good") { ${misbehave} }
      return [{ v: 1, r: { "x-a": 1 } }]; } }`,
    processor: `export default { async process({ readings }) {
      const what = "x-good" in readings[0].r ? "good" : "bad";
      if (what !== "good") { ${misbehave} }
      return { readings: [{ m: "a", t: readings[0].t, r: { "x-a": 1 } }] }; } }`,
    output: `export default { async fetch(request) {
      const what = new URL(request.url).pathname.slice(1);
      if (what !== "good") { ${misbehave} }
      return new Response("fine"); } }`,
  }[kind];
  const folder = await folders.write(
    { name, kind, ...(kind === "processor" && { rights: { emit: true } }) },
    code,
  );
  const extensions = await openExtensions(
    readExtensionsConfig(
      { SMP_EXTENSIONS: folder, SMP_INPUTS: kind === "input" ? `${name}:*` : "" },
      folders.dir,
    ),
    {
      limits: {
        [kind]: {
          callMs: 20_000,
          attemptPauseMs: 1,
          attemptsMax: 2,
          backOffMs: [1],
          residentMiB: 200,
          heapMiB: 40,
          ...limits,
        },
      },
    },
  );
  opened.push(extensions);
  return { extensions, call: callOf(kind, name, extensions) };
}

function callOf(kind: ExtensionKind, name: string, extensions: Extensions): Subject["call"] {
  if (kind === "input")
    return async (what) => {
      const payload = Buffer.from(what);
      const decoded = await extensions.decodeForeign({ device: "m7", path: "p", payload, received: NOW });
      return "fault" in decoded ? `${decoded.code}: ${decoded.fault}` : "fine";
    };
  if (kind === "processor") {
    const appended: unknown[] = [];
    const [processor] = extensions.processors({
      store: fakeStore(),
      append: async (readings) => void appended.push(...readings),
    });
    return async (what) => {
      await processor!.process([reading("m7", NOW, { [`x-${what}`]: 1 })]);
      return appended.splice(0).length > 0 ? "fine" : "passed over";
    };
  }
  return async (what) => {
    const answer = extensions.answer(name, {
      request: new Request(`http://localhost/x/${name}/${what}`),
      path: `/${what}`,
      store: fakeStore(),
      sight: everywhere,
    });
    return await answer!.then(
      (response) => response.text(),
      (error: unknown) =>
        error instanceof ExtensionFailure ? `${error.code}: ${error.message}` : "no failure",
    );
  };
}

const status = ({ extensions }: Subject): ReturnType<Extensions["list"]>[number] =>
  extensions.list().find(({ shipped }) => !shipped)!;

describe.each(["input", "processor", "output"] as const)("an %s", (kind) => {
  test("that throws fails alone, and its process goes on", async () => {
    const it = await subject(kind, `throw new Error("I cannot do that");`);
    const told = await it.call("bad");
    if (kind !== "processor") expect(told).toMatch(/I cannot do that/);
    expect(await it.call("good")).toBe("fine");
    expect(status(it)).toMatchObject({ cuts: 0, state: "running" });
    expect(status(it).lastFailure?.detail).toMatch(/I cannot do that/);
  });

  // Both wait for the same limit.
  test("that hangs in a loop, or never answers, is cut, counted and started again", async () => {
    const hanging = ["for (;;) {}", "await new Promise(() => {});"];
    await Promise.all(hanging.map((misbehave) => expectCut(misbehave, { callMs: 4_000 }, "hung")));
  });

  test.each([
    [
      "fills its heap",
      "const all = []; for (;;) all.push(new Array(1000).fill(what + all.length));",
      {},
      "memory",
    ],
    [
      "fills memory beside its heap",
      "const all = []; for (;;) { all.push(Buffer.alloc(5e6, 1)); await new Promise((r) => setTimeout(r, 5)); }",
      {},
      "memory",
    ],
    [
      "floods its output",
      `for (;;) { console.log("x".repeat(1000)); await new Promise(setImmediate); }`,
      {},
      "flood",
    ],
    [
      "floods the platform with frames that nobody asked for",
      `const { writeSync } = await import("node:fs");
       for (;;) try { writeSync(3, Buffer.from("0000000a000000027b7d00000000", "hex")); } catch {}`,
      {},
      "flood",
    ],
    ["ends its process", "process.exit(7);", {}, "died"],
  ])("that %s is cut, counted and started again", async (_how, misbehave, limits, reason) => {
    await expectCut(misbehave, limits, reason);
  });

  async function expectCut(
    misbehave: string,
    limits: Record<string, unknown>,
    reason: string,
  ): Promise<void> {
    const it = await subject(kind, misbehave, limits);
    expect(await it.call("good")).toBe("fine");
    expect(await it.call("bad")).not.toBe("fine");
    expect(status(it).lastFailure?.reason).toBe(reason);
    expect(await it.call("good")).toBe("fine");
    expect(status(it).cuts).toBeGreaterThanOrEqual(1);
    expect(await it.extensions.metrics()).toMatch(
      new RegExp(`smp_extension_cuts_total\\{extension="bad-${kind}-[^"]+",reason="${reason}"\\} [1-9]`),
    );
  }

  test("that is not what it says is reported, and costs its own calls only", async () => {
    const folder = await folders.write({ name: `wrong-${kind}`, kind }, `export default { unexpected() {} }`);
    const extensions = await openExtensions(readExtensionsConfig({ SMP_EXTENSIONS: folder }, folders.dir));
    opened.push(extensions);
    if (kind === "processor") return;
    if (kind === "input") {
      const decoded = await extensions.decodeForeign({
        device: "m7",
        path: "",
        payload: Buffer.from("x"),
        received: NOW,
        input: "wrong-input",
      });
      expect(decoded).toMatchObject({
        code: "input-failed",
        fault: expect.stringMatching(/function decode\(\)/),
      });
    } else
      await expect(
        extensions.answer("wrong-output", {
          request: new Request("http://x/"),
          path: "/",
          store: fakeStore(),
          sight: everywhere,
        }),
      ).rejects.toThrow(/function fetch\(\)/);
  });
});

describe("what an extension's process cannot do", () => {
  test.each([
    ["read a file", `(await import("node:fs")).readFileSync("/etc/hostname")`],
    ["write a file", `(await import("node:fs")).writeFileSync("here.txt", "x")`],
    ["run a program", `(await import("node:child_process")).execSync("true")`],
    ["start a worker", `new (await import("node:worker_threads")).Worker("0", { eval: true })`],
    ["reach into Node", `process.binding("tcp_wrap")`],
    ["signal another process", `process.kill(process.ppid, 9)`],
    ["open a connection", `await fetch("http://127.0.0.1:PORT/")`],
    ["open a socket", `(await import("node:net")).connect(PORT, "127.0.0.1")`],
    ["listen", `(await import("node:http")).createServer().listen(0)`],
    ["listen behind Node's back", `(await import("node:net"))._createServerHandle("127.0.0.1", 0, 4)`],
    [
      "bind behind Node's back",
      `const { _createSocketHandle: bind } = await import("node:dgram");
       if (!bind) throw new Error("restricted: Node 26 has it no more");
       bind("127.0.0.1", 0, "udp4")`,
    ],
    ["send a datagram", `(await import("node:dgram")).createSocket("udp4").send("x", PORT, "127.0.0.1")`],
    ["look up a name", `const { lookup } = await import("node:dns"); lookup("example.org", () => {})`],
    [
      "see the environment",
      `if (Object.keys(process.env).length === 0) throw new Error("ERR_ACCESS_DENIED")`,
    ],
  ])("%s", async (_what, code) => {
    const { createServer } = await import("node:http");
    let visits = 0;
    const server = createServer((_request, response) => {
      visits++;
      response.end("seen");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const port = String((server.address() as { port: number }).port);
    try {
      const it = await subject(
        "output",
        `try { ${code.replaceAll("PORT", port)}; return new Response("it could"); }
         catch (error) { return new Response([error.message, error.cause?.message, error.code].join(" ")); }`,
      );
      expect(await it.call("try")).toMatch(/denied|restricted|may not use|ERR_ACCESS_DENIED/i);
      expect(visits).toBe(0);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('but with the right "network" it reaches out', async () => {
    const { createServer } = await import("node:http");
    const server = createServer((_request, response) => response.end("reached"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const folder = await folders.write(
      { name: "networked", kind: "output", rights: { network: true } },
      `export default { fetch: () => fetch("http://127.0.0.1:${port}/") }`,
    );
    const extensions = await openExtensions(readExtensionsConfig({ SMP_EXTENSIONS: folder }, folders.dir));
    opened.push(extensions);
    const response = await extensions.answer("networked", {
      request: new Request("http://localhost/x/networked/"),
      path: "/",
      store: fakeStore(),
      sight: everywhere,
    })!;
    expect(await response.text()).toBe("reached");
    await new Promise((resolve) => server.close(resolve));
  });
});

test("more calls than may wait are turned away with busy, so that a device sends again", async () => {
  const it = await subject("input", "await new Promise((r) => setTimeout(r, 200));", { queueMax: 2 });
  const calls = ["bad", "bad", "bad", "bad"].map((what) => it.call(what));
  const results = await Promise.allSettled(calls);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  expect((results[3] as PromiseRejectedResult).reason).toMatchObject({
    code: "extension-busy",
    retryable: true,
  });
});

test("an input in its back-off rejects at once instead of holding messages up", async () => {
  const it = await subject("input", "process.exit(1);", { callMs: 4_000, backOffMs: [60_000] });
  await it.call("bad");
  expect(await it.call("good")).toMatch(/^input-failed: .* is restarted in 60 s/);
  expect(status(it).state).toBe("restarting");
});
