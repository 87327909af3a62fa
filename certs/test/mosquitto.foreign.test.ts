import { spawn, type ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { EventEmitter, once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { addConsumer, addDevice, addService, type Bundle } from "../src/issue.ts";
import { testCommand } from "../src/show.ts";
import { runProgram, temporaryPki } from "./pki-folder.ts";

const MOSQUITTO = "/usr/sbin/mosquitto";

interface Program {
  readonly child: ChildProcess;
  /** Resolves when both outputs together hold what is wanted. */
  until(pattern: RegExp): Promise<string>;
}

function startProgram(program: string, ...args: string[]): Program {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  const changes = new EventEmitter();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      changes.emit("change");
    });
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text)) await once(changes, "change");
    return text;
  };
  return { child, until };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Debian's mosquitto with the files of a service, which takes the user's name from the certificate. */
async function startMosquitto(dir: string): Promise<{ port: number; broker: Program }> {
  const { files } = await addService({ dir, id: "broker", hostnames: ["localhost", "127.0.0.1"] });
  const port = await freePort();
  await writeFile(join(dir, "acl"), "pattern write sm/v1/%u/#\nuser tap\ntopic read sm/v1/#\n");
  await writeFile(
    join(dir, "mosquitto.conf"),
    [
      `listener ${port} 127.0.0.1`,
      `cafile ${files.ca}`,
      `certfile ${files.cert}`,
      `keyfile ${files.key}`,
      "require_certificate true",
      "use_identity_as_username true",
      `acl_file ${join(dir, "acl")}`,
      "log_dest stderr",
      "log_type all",
      ...(process.getuid?.() === 0 ? ["user root"] : []),
    ].join("\n"),
  );
  const broker = startProgram(MOSQUITTO, "-c", join(dir, "mosquitto.conf"));
  await broker.until(/mosquitto version .* running/);
  return { port, broker };
}

const connection = ({ files }: Bundle, port: number): string[] => [
  "-h",
  "localhost",
  "-p",
  String(port),
  "--cafile",
  files.ca,
  "--cert",
  files.cert,
  "--key",
  files.key,
];

describe("a broker that is not ours", () => {
  test("takes a device by our files, knows its name, and hands its reading to a consumer", async () => {
    const dir = await temporaryPki();
    const { port, broker } = await startMosquitto(dir);
    const device = await addDevice({ dir, id: "m1" });
    const tap = await addConsumer({ dir, id: "tap" });
    // It ends after one message, and is subscribed before the first is sent.
    const subscriber = startProgram(
      "mosquitto_sub",
      ...connection(tap, port),
      "-C",
      "1",
      "-v",
      "-t",
      "sm/v1/#",
    );
    await broker.until(/Sending SUBACK to/);
    const refused = await runProgram(
      "mosquitto_pub",
      ...connection(device, port),
      "-q",
      "1",
      "-t",
      "sm/v1/m2/reading",
      "-m",
      "false",
    );
    expect(refused.exitCode).toBe(0); // MQTT 3.1.1 has no word for a refusal: mosquitto acknowledges and drops.
    const line = testCommand("device", "m1", device.files, "localhost", port);
    expect(await runProgram("sh", "-c", line)).toEqual({ exitCode: 0, text: "" });
    expect(await subscriber.until(/\n/)).toBe('sm/v1/m1/reading {"v":1,"r":{"1-0:16.7.0":413}}\n');
  });

  test("refuses a device of another CA, and one without a certificate", async () => {
    const dir = await temporaryPki();
    const { port } = await startMosquitto(dir);
    const ours = await addDevice({ dir, id: "m1" });
    const foreign = await addDevice({ dir: await temporaryPki(), id: "m1" });
    const publish = ["-q", "1", "-t", "sm/v1/m1/reading", "-m", "x"];
    const withForeign = [
      "-h",
      "localhost",
      "-p",
      String(port),
      "--cafile",
      ours.files.ca,
      "--cert",
      foreign.files.cert,
      "--key",
      foreign.files.key,
    ];
    expect((await runProgram("mosquitto_pub", ...withForeign, ...publish)).exitCode).not.toBe(0);
    expect((await runProgram("mosquitto_pub", ...withForeign.slice(0, 6), ...publish)).exitCode).not.toBe(0);
    expect((await runProgram("mosquitto_pub", ...connection(ours, port), ...publish)).exitCode).toBe(0);
  });
});
