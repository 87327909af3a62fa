import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, spawnPlatform, until, type PlatformProcess } from "../support/platform-process.ts";

// Debian's mosquitto clients against the whole embedded platform, with the files that `smp` makes.
const run = promisify(execFile);
const smp = fileURLToPath(new URL("../../dist/smp.js", import.meta.url));
const page = new URL("../../docs/devices/mosquitto.md", import.meta.url);

let dir: string;
let mqttPort: number;
let httpUrl: string;
let platform: PlatformProcess;
const environment = (): Record<string, string> => ({
  SMP_DATA_DIR: join(dir, "data"),
  SMP_MQTT_HOST: "127.0.0.1",
  SMP_MQTT_PORT: String(mqttPort),
  SMP_HTTP_PORT: new URL(httpUrl).port,
  SMP_SIMULATE: "false",
  SMP_LOG_LEVEL: "info",
});
const command = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, [smp, ...args], { cwd: dir, env: { ...process.env, ...environment() } }))
    .stdout;
const server = (folder: string): string[] => [
  ...`-h 127.0.0.1 -p ${mqttPort} --cafile`.split(" "),
  join(folder, "ca.crt"),
];
const client = (folder: string): string[] => [
  "--cert",
  join(folder, "client.crt"),
  "--key",
  join(folder, "client.key"),
];
const tls = (folder: string): string[] => [...server(folder), ...client(folder)];
const bundle = (device: string): string => join(dir, "data/pki/devices", device);
const publish = async (device: string, topic: string, ...content: string[]): Promise<void> => {
  await run("mosquitto_pub", [...tls(bundle(device)), "-q", "1", "-t", topic, ...content], {
    timeout: 10_000,
  });
};
const ask = async (path: string): Promise<Response> => {
  const token = (await readFile(join(dir, "data/admin.token"), "utf8")).trim();
  return await fetch(httpUrl + path, { headers: { authorization: `Bearer ${token}` } });
};
const latest = async (meter: string): Promise<{ registers: Record<string, { value: number }> }> => {
  const response = await ask(`/v1/meters/${meter}/latest`);
  return (await response.json()) as { registers: Record<string, { value: number }> };
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-mosquitto-"));
  mqttPort = await freePort();
  httpUrl = `http://127.0.0.1:${await freePort()}`;
  platform = await spawnPlatform(environment(), `${httpUrl}/readyz`);
  await command("device", "add", "maker-1");
  await command("device", "add", "maker-2");
});
afterAll(async () => {
  await platform.kill();
  await rm(dir, { recursive: true, force: true });
});

describe("a maker with mosquitto_pub", () => {
  test("publishes a JSON reading and a CBOR file; both appear in the API", async () => {
    await publish("maker-1", "sm/v1/maker-1/reading", "-m", '{"v":1,"r":{"1-0:16.7.0":413}}');
    expect((await latest("maker-1")).registers["1-0:16.7.0"]?.value).toBe(413);
    const vector = JSON.parse(
      await readFile(
        new URL("../../schemas/vectors/valid/counter-beyond-float32.json", import.meta.url),
        "utf8",
      ),
    ) as { cbor: string };
    await writeFile(join(dir, "reading.cbor"), Buffer.from(vector.cbor, "hex"));
    await publish("maker-2", "sm/v1/maker-2/reading", "-f", join(dir, "reading.cbor"));
    expect((await latest("maker-2")).registers["1-0:1.8.0"]?.value).toBe(16_777_217);
  });

  test("sees what it published as JSON on the live tap, with the tap's certificate", async () => {
    const tap = spawn("mosquitto_sub", [
      ...tls(join(dir, "data/pki/consumers/tap")),
      "-t",
      "live/v1/#",
      "-C",
      "1",
      "-W",
      "20",
    ]);
    let line = "";
    tap.stdout.on("data", (chunk: Buffer) => (line += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => tap.once("exit", resolve));
    let value = 500;
    await until("the live mirror", async () => {
      await publish(
        "maker-1",
        "sm/v1/maker-1/reading",
        "-m",
        JSON.stringify({ v: 1, r: { "1-0:16.7.0": value++ } }),
      );
      return line !== "";
    });
    expect(await ended).toBe(0);
    expect(JSON.parse(line)).toMatchObject({
      meter: expect.stringMatching(/^maker-/) as string,
      t: expect.any(Number) as number,
    });
  });

  test("is refused on another device's topic, and the log says why", async () => {
    await expect(
      publish("maker-1", "sm/v1/maker-2/reading", "-m", '{"v":1,"r":{"1-0:16.7.0":1}}'),
    ).rejects.toThrow();
    await until("the reason in the log", () =>
      Promise.resolve(/maker-1.*sm\/v1\/maker-2\/reading.*belongs to device maker-2/.test(platform.output())),
    );
    expect((await latest("maker-2")).registers["1-0:16.7.0"]).toBeUndefined();
  });

  test("is refused without a certificate, and with one of a foreign CA; the log says which", async () => {
    const message = "-t sm/v1/maker-1/reading -m x -q 1".split(" ");
    const bare = [...server(bundle("maker-1")), ...message];
    await expect(run("mosquitto_pub", bare, { timeout: 10_000 })).rejects.toThrow();
    await until("the missing certificate in the log", () =>
      Promise.resolve(/certificate/i.test(platform.output().split("\n").slice(-4).join(" "))),
    );
    const foreign = join(dir, "foreign");
    await command("ca", "init", "--data", foreign);
    await command("device", "add", "maker-1", "--data", foreign);
    const files = join(foreign, "pki/devices/maker-1");
    const args = [...server(bundle("maker-1")), ...client(files), ...message];
    await expect(run("mosquitto_pub", args, { timeout: 10_000 })).rejects.toThrow();
    await until("the foreign CA in the log", () =>
      Promise.resolve(
        /UNABLE_TO|SELF_SIGNED|foreign|issuer|CA/.test(platform.output().split("\n").slice(-4).join(" ")),
      ),
    );
  });

  test.each([
    ["wrong type", ["-m", '{"v":1,"r":{"1-0:16.7.0":"413"}}'], "schema", /must be a number/],
    ["unknown register form", ["-m", '{"v":1,"r":{"power":413}}'], "schema", /OBIS code/],
    [
      "future time",
      ["-m", JSON.stringify({ v: 1, t: Date.now() + 3_600_000, r: { "1-0:16.7.0": 1 } })],
      "time-future",
      /ahead/,
    ],
    ["truncated CBOR", ["-f", "truncated.cbor"], "invalid-cbor", /byte/],
  ])(
    "hears on its error topic what is wrong with a reading of %s, and finds it among the rejected",
    async (_, content, code, sentence) => {
      await writeFile(join(dir, "truncated.cbor"), Buffer.from("a26176016172a16a312d303a31", "hex"));
      const args = content[0] === "-f" ? ["-f", join(dir, content[1]!)] : content;
      // Line by line: without a terminal it would keep its output until it ends.
      const listener = spawn("stdbuf", [
        "-oL",
        "mosquitto_sub",
        ...tls(bundle("maker-1")),
        ..."-i maker-1 -t sm/v1/maker-1/error -C 1 -W 20 -d".split(" "),
      ]);
      let heard = "";
      listener.stdout.on("data", (chunk: Buffer) => (heard += chunk.toString()));
      const ended = new Promise<number | null>((resolve) => listener.once("exit", resolve));
      await until("the subscription", () => Promise.resolve(heard.includes("SUBACK")));
      const before = heard.length;
      await publish("maker-1", "sm/v1/maker-1/reading", ...args);
      expect(await ended, heard).toBe(0);
      const problem = JSON.parse(
        heard
          .slice(before)
          .split("\n")
          .find((line) => line.startsWith("{")) ?? "{}",
      ) as { code?: string; detail?: string };
      expect(problem.code).toBe(code);
      expect(problem.detail).toMatch(sentence);
      const rejected = (await (await ask("/v1/rejected?device=maker-1&limit=1")).json()) as {
        messages: { code: string; payload: string }[];
      };
      expect(rejected.messages[0]?.code).toBe(code);
      const bytes = args[0] === "-f" ? await readFile(args[1]!) : Buffer.from(args[1]!);
      expect(Buffer.from(rejected.messages[0]!.payload, "base64")).toEqual(bytes);
    },
  );
});

test("the commands of the page for makers run as they stand there", async () => {
  const blocks = [...(await readFile(page, "utf8")).matchAll(/```sh\n([\s\S]*?)```/g)].map(
    (match) => match[1] ?? "",
  );
  expect(blocks.length).toBeGreaterThanOrEqual(4);
  const outputs: string[] = [];
  for (const block of blocks) {
    const script = block
      .replaceAll("npx smp", `"${process.execPath}" "${smp}"`)
      .replaceAll("-p 8883", `-p ${mqttPort}`)
      .replaceAll("http://localhost:8080", httpUrl);
    const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], {
      cwd: dir,
      env: { ...process.env, ...environment() },
      timeout: 20_000,
    });
    outputs.push(stdout);
  }
  const answer = JSON.parse(outputs.at(-1) ?? "{}") as { registers: Record<string, { value: number }> };
  expect(answer.registers["1-0:16.7.0"]?.value).toBe(413);
});
