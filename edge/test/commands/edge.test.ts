import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scratch } from "../journal/scratch.ts";
import { testCa, writeBundle } from "../publisher/certificates.ts";
import { scriptedBroker } from "../publisher/scripted-broker.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const vector = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/telegrams/${name}.json`, import.meta.url));
const KEY = "36C66639E48A8CA4D6BC8B282A793BBB";

/** Runs `smp edge` as its own process, with nothing of this one's environment. */
async function smpEdge(
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  if (!existsSync(MAIN)) throw new Error("not built: run `npm run build` before this test");
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

const pki = testCa();
const server = pki.issue("broker");
const tls = { ca: pki.ca, cert: server.cert, key: server.key };

describe("a capture", () => {
  test("goes to the platform over mutual TLS, under the certificate's name, and the command ends when it is there", async () => {
    const broker = await scriptedBroker(tls);
    const directory = await scratch();
    await writeBundle(directory, pki.ca, pki.issue("house-7"));
    const { code, output } = await smpEdge([
      "--replay",
      vector("at-netznoe-ma309-doc"),
      "--key",
      KEY,
      "--broker",
      broker.url,
      "--cert-dir",
      directory,
      "--data",
      directory,
    ]);
    expect(code, output).toBe(0);
    const messages = broker.acknowledged.filter(({ topic }) => topic === "sm/v1/house-7/reading");
    expect(messages.flatMap(({ readings }) => readings)).toEqual([
      {
        v: 1,
        s: 1,
        t: Date.parse("2021-09-27T09:47:15+02:00"),
        m: "181220000009",
        r: {
          "1-0:1.8.0": 12_937,
          "1-0:2.8.0": 0,
          "1-0:1.7.0": 0,
          "1-0:2.7.0": 0,
          "1-0:32.7.0": 233.7,
          "1-0:52.7.0": 0,
          "1-0:72.7.0": 0,
          "1-0:31.7.0": 0,
          "1-0:51.7.0": 0,
          "1-0:71.7.0": 0,
          "1-0:13.7.0": 1,
        },
      },
    ]);
    expect(output).not.toContain(KEY);
    expect(output.toUpperCase()).not.toContain(KEY);
  });

  test("that waits for its broker in the journal goes out with the next run", async () => {
    const directory = await scratch();
    const first = await smpEdge([
      "--replay",
      vector("at-netznoe-ma309-doc"),
      "--key",
      KEY,
      "--device",
      "house-7",
      "--data",
      directory,
    ]);
    expect(first.code, first.output).toBe(0);
    await writeFile(join(directory, "empty.hex"), "# nothing\n");
    const broker = await scriptedBroker();
    const { output } = await smpEdge([
      "--replay",
      join(directory, "empty.hex"),
      "--broker",
      broker.url.replace("localhost", "127.0.0.1"),
      "--device",
      "house-7",
      "--data",
      directory,
    ]);
    expect(broker.sequences(), output).toEqual([1]);
  });

  test("with the wrong key says so, and the command fails", async () => {
    const { code, output } = await smpEdge([
      "--replay",
      vector("at-netznoe-ma309-doc"),
      "--key",
      KEY.replace("3", "4"),
      "--device",
      "a",
      "--data",
      await scratch(),
    ]);
    expect(code).toBe(1);
    expect(output).toContain("no telegram could be decoded");
  });

  test("that is not there is named", async () => {
    const { code, output } = await smpEdge([
      "--replay",
      "/nowhere/capture.hex",
      "--device",
      "a",
      "--data",
      await scratch(),
    ]);
    expect(code).toBe(1);
    expect(output).toContain("/nowhere/capture.hex");
  });
});

describe("wrong settings end with 2 and name the flag or the variable that was used", () => {
  test.each([
    [
      ["--serial", "/dev/x", "--tcp", "a:1", "--device", "a"],
      {},
      "only one of --serial, --tcp, --replay can be given",
    ],
    [["--serial", "/dev/x", "--broker", "mqtts://a:8883"], {}, "--cert-dir is required with --broker"],
    [["--serial", "/dev/x"], { SMP_DEVICE: "A B" }, 'SMP_DEVICE is \\"A B\\"'],
    [["--serial", "/dev/x", "--device", "a", "--interval", "soon"], {}, '--interval is \\"soon\\"'],
    [["--config", "/nowhere/edge.yaml"], {}, "/nowhere/edge.yaml cannot be read"],
    [["--config", "/nowhere/edge.yaml", "--serial", "/dev/x"], {}, "--config takes everything from the file"],
  ])("%j %j", async (args, environment, expected) => {
    const { code, output } = await smpEdge(args, environment);
    expect(output).toContain(expected);
    expect(code).toBe(2);
  });
});

test("a placeholder for a key is refused", async () => {
  const { code, output } = await smpEdge([
    "--replay",
    vector("at-netznoe-ma309-doc"),
    "--key",
    "0".repeat(32),
    "--device",
    "a",
    "--data",
    await scratch(),
  ]);
  expect(code).toBe(1);
  expect(output).toContain("placeholder");
});
