import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmbedded, type Embedded } from "../support/embedded.ts";
import { codeBlocks } from "../support/page-blocks.ts";
import { freePort, until } from "../support/platform-process.ts";
import { encodableVectors } from "../support/vectors.ts";

// Debian's python3 with python3-paho-mqtt and python3-cbor2, in place of our edge.
const run = promisify(execFile);
const PYTHON = "/usr/bin/python3";
const program = fileURLToPath(new URL("../../docs/devices/python/publish.py", import.meta.url));
const folder = fileURLToPath(new URL("../../docs/devices/python/", import.meta.url));

/** A cable to a port that can be pulled and plugged in again: the same port on this end each time. */
function cable(to: number): { plug: () => Promise<number>; pull: () => Promise<void> } {
  const sockets = new Set<Socket>();
  let port = 0;
  let server: Server | undefined;
  return {
    plug: async () => {
      server = createServer((near) => {
        const far = connect(to, "127.0.0.1");
        for (const socket of [near, far]) sockets.add(socket.on("error", () => {}));
        near.pipe(far).pipe(near);
      });
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      port = (server.address() as AddressInfo).port;
      return port;
    },
    pull: async () => {
      const closed = server && once(server.close(), "close");
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      await closed;
    },
  };
}

test("Debian's packages are the ones that the page installs", async () => {
  const [install = ""] = codeBlocks("docs/devices/python.md", "sh");
  // Root has no need of sudo, and a container may have none.
  const sudo = process.getuid?.() === 0 ? 'sudo() { "$@"; }\n' : "";
  await run("bash", ["-euo", "pipefail", "-c", sudo + install]);
  await run(PYTHON, ["-c", "import cbor2, paho.mqtt.client"]);
}, 120_000);

test("Python makes the bytes of every golden vector", async () => {
  const vectors = encodableVectors();
  const script = `import sys, json; sys.path.insert(0, ${JSON.stringify(folder)}); import publish
print(json.dumps([publish.encode(json.loads(text)).hex() for text in json.load(sys.stdin)]))`;
  const child = spawn(PYTHON, ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(JSON.stringify(vectors.map(({ json }) => JSON.stringify(json))));
  await new Promise((resolve) => child.once("close", resolve));
  expect(JSON.parse(output)).toEqual(vectors.map(({ cbor }) => cbor));
});

describe("a device in Python", () => {
  let platform: Embedded;
  let libraries: string;
  beforeAll(async () => {
    platform = await startEmbedded();
    await platform.smp("device", "add", "python-1");
    libraries = join(platform.dir, "libraries");
    await run("pip", ["install", "--quiet", "--target", libraries, "paho-mqtt==2.1.0"], { timeout: 60_000 });
  });
  afterAll(() => platform.close());

  test.each([
    ["Debian's paho-mqtt 1.6", false],
    ["paho-mqtt 2", true],
  ])("publishes readings that the API serves, with %s", async (_, isNew) => {
    const start = Date.now() - (isNew ? 60_000 : 120_000);
    const lines = Array.from({ length: 20 }, (_, at) =>
      JSON.stringify({ v: 1, t: start + at * 1_000, r: { "1-0:1.8.0": 5_000 + at, "1-0:16.7.0": 413 } }),
    );
    const child = spawn(
      PYTHON,
      [program, "--port", String(platform.mqttPort), "--folder", platform.bundle("python-1")],
      {
        stdio: ["pipe", "inherit", "inherit"],
        env: { ...process.env, ...(isNew ? { PYTHONPATH: libraries } : {}) },
      },
    );
    child.stdin.end(`${lines.join("\n")}\n`);
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
    const { readings } = await platform.get<{ readings: { t: number; registers: object }[] }>(
      `/v1/meters/python-1/readings?from=${start}&to=${start + 20_000}`,
    );
    expect(readings.map(({ t }) => t)).toEqual(lines.map((_line, at) => start + at * 1_000));
    expect(readings.at(-1)?.registers).toEqual({ "1-0:1.8.0": 5_019, "1-0:16.7.0": 413 });
  });

  test.each([
    ["Debian's paho-mqtt 1.6", false],
    ["paho-mqtt 2", true],
  ])("keeps a reading that comes while the connection is away, with %s", async (_, isNew) => {
    const line = cable(platform.mqttPort);
    const child = spawn(
      PYTHON,
      [program, "--port", String(await line.plug()), "--folder", platform.bundle("python-1")],
      {
        stdio: ["pipe", "inherit", "pipe"],
        env: { ...process.env, ...(isNew ? { PYTHONPATH: libraries } : {}) },
      },
    );
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const t = Date.now() - (isNew ? 200_000 : 300_000);
    const readingsOf = async (from: number): Promise<number> =>
      (
        await platform.get<{ readings: object[] }>(
          `/v1/meters/python-1/readings?from=${from}&to=${from + 1_000}`,
        )
      ).readings.length;
    const write = (at: number): boolean => child.stdin.write(`{"v":1,"t":${at},"r":{"1-0:16.7.0":413}}\n`);
    write(t);
    await until("the first reading", async () => (await readingsOf(t)) === 1);
    await line.pull();
    // A moment for the client to see that the connection is gone.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 500))]);
    write(t + 10_000);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 500))]);
    await line.plug();
    child.stdin.end();
    expect([await ended, said]).toEqual([0, expect.stringMatching(/^(connection lost, or refused: .*\n)+$/)]);
    expect(await readingsOf(t + 10_000)).toBe(1);
    await line.pull();
  });

  test("shows what the platform finds wrong with a reading, as a sentence", async () => {
    const child = spawn(
      PYTHON,
      [program, "--port", String(platform.mqttPort), "--folder", platform.bundle("python-1")],
      { stdio: ["pipe", "inherit", "pipe"] },
    );
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until("the refusal", () => {
      child.stdin.write('no reading\n{"v":1,"r":{"power":413}}\n');
      return Promise.resolve(said.includes("OBIS code"));
    });
    child.stdin.end();
    await new Promise((resolve) => child.once("exit", resolve));
    expect(said).toMatch(/^refused: \{/m);
    expect(said).toMatch(/^no JSON \(.*\): no reading$/m);
  });

  test("says in one line that no broker is there", async () => {
    const args = [program, "--port", String(await freePort()), "--folder", platform.bundle("python-1")];
    const failure = await run(PYTHON, args).catch((error: unknown) => error as { stderr: string });
    expect(failure.stderr).toMatch(/^No connection to localhost:\d+ \(.*\): smp doctor says why.*\n$/);
  });

  test("publishes by the line that the page shows for a program of one's own", async () => {
    const script = `import sys, pathlib, threading, json, cbor2; sys.path.insert(0, ${JSON.stringify(folder)}); import publish
device, up = "python-1", threading.Event()
client = publish.client_for(device, pathlib.Path(sys.argv[1]))
client.on_connect = lambda *_: up.set()
client.connect("localhost", int(sys.argv[2])); client.loop_start(); up.wait(20)
sent = ${codeBlocks("docs/devices/python.md", "python")[0] ?? "none"}
sent.wait_for_publish(20); client.disconnect()
print(sent.is_published())`;
    const { stdout } = await run(PYTHON, [
      "-c",
      script,
      platform.bundle("python-1"),
      String(platform.mqttPort),
    ]);
    expect(stdout).toBe("True\n");
    const { readings } = await platform.get<{ readings: { registers: object }[] }>(
      "/v1/meters/python-1/readings?from=1780000000000&to=1780000000001",
    );
    expect(readings.map(({ registers }) => registers)).toEqual([{ "1-0:16.7.0": 413 }]);
  });

  test("runs by the commands of the page", async () => {
    const blocks = codeBlocks("docs/devices/python.md", "sh test");
    expect(blocks.length).toBeGreaterThanOrEqual(2);
    const python = `alias_python() { "${PYTHON}" "$@"; }\n`;
    for (const block of blocks)
      await platform.shell(
        python +
          block
            .replaceAll(
              /^python3 docs\/devices\/python\/publish.py/gm,
              `alias_python "${program}" --port 8883`,
            )
            .replaceAll(
              "| python3 docs/devices/python/publish.py",
              `| alias_python "${program}" --port 8883`,
            ),
      );
    expect(
      (await platform.get<{ registers: object }>("/v1/meters/my-device/latest")).registers,
    ).toHaveProperty("1-0:1.8.0");
    expect(await readFile(program, "utf8")).toContain("CallbackAPIVersion");
  });
});
