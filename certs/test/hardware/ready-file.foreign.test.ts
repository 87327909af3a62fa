import { createServer, type AddressInfo } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { addConsumer, addDevice } from "../../src/leaf/issue.ts";
import { writeReadyFile } from "../../src/hardware/ready-file.ts";
import type { HardwareName } from "../../src/hardware/table.ts";
import { freePort, startProgram, type Program } from "../foreign-program.ts";
import { MOSQUITTO, startMosquitto } from "../mosquitto.ts";
import { runProgram, temporaryPki } from "../pki-folder.ts";

interface Setup {
  readonly dir: string;
  readonly path: string;
  readonly broker: Program;
  /** Everything that devices publish, as `topic payload`. */
  readonly tap: Program;
}

/** A broker, a subscriber to everything, and the ready file of a device. */
async function setUp(hardware: HardwareName): Promise<Setup> {
  const dir = await temporaryPki();
  const { port, broker } = await startMosquitto(dir);
  const { files: tapFiles } = await addConsumer({ dir, id: "tap" });
  const { files } = await addDevice({ dir, id: "kitchen" });
  const tap = startProgram(
    "mosquitto_sub",
    "-h",
    "localhost",
    "-p",
    String(port),
    "--cafile",
    tapFiles.ca,
    "--cert",
    tapFiles.cert,
    "--key",
    tapFiles.key,
    "-v",
    "-t",
    "sm/v1/#",
  );
  await broker.until(/Sending SUBACK to/);
  const path = await writeReadyFile({ id: "kitchen", files, hardware, host: "localhost", port });
  return { dir, path, broker, tap };
}

test("for mosquitto is a script that sends a reading", async () => {
  const { path, tap } = await setUp("mosquitto");
  expect(await runProgram("sh", path)).toEqual({ exitCode: 0, text: "" });
  await tap.until(/^sm\/v1\/kitchen\/reading \{"v":1,"r":\{"1-0:16\.7\.0":413\}\}$/m);
  expect((await runProgram("sh", path, '{"v":1,"r":{"1-0:16.7.0":-7}}')).exitCode).toBe(0);
  await tap.until(/^sm\/v1\/kitchen\/reading \{"v":1,"r":\{"1-0:16\.7\.0":-7\}\}$/m);
});

test("for Python is a program that runs with Debian's paho", async () => {
  const { path, tap } = await setUp("python");
  expect(await runProgram("/usr/bin/python3", path)).toEqual({ exitCode: 0, text: "The platform has it.\n" });
  const text = await tap.until(/kitchen\/status offline/);
  expect(text).toMatch(/status online\n.*reading \{"v": 1, "r": \{"1-0:16\.7\.0": 413\}\}\n/);
});

test("for an ESP32 is a header that a C++ compiler takes, with the PEM texts byte for byte", async () => {
  const { dir, path } = await setUp("esp32");
  const program = join(dir, "print.cpp");
  await writeFile(
    program,
    '#include <cstdio>\n#include "devices/kitchen/secrets.h"\nint main() { std::printf("%s %s %u\\n%s%s%s", SMP_DEVICE, SMP_HOST, unsigned(SMP_PORT), SMP_CA, SMP_CERT, SMP_KEY); }\n',
  );
  const compiled = await runProgram(
    "g++",
    "-std=c++11",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-o",
    join(dir, "print"),
    program,
  );
  expect(compiled).toEqual({ exitCode: 0, text: "" });
  expect(await readFile(path, "utf8")).toContain("#pragma once");
  const printed = await runProgram(join(dir, "print"));
  const files = ["ca.crt", "client.crt", "client.key"].map((name) => join(dir, "devices/kitchen", name));
  const pem = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("");
  expect(printed.text.slice(printed.text.indexOf("\n") + 1)).toBe(pem);
});

test("for a bridge makes a mosquitto at home pass on what Tasmota says, and nothing else", async () => {
  const { dir, path, tap } = await setUp("mosquitto-bridge");
  const home = await freePort();
  await writeFile(
    join(dir, "home.conf"),
    [
      `listener ${home} 127.0.0.1`,
      "allow_anonymous true",
      "log_dest stderr",
      "log_type all",
      ...(process.getuid?.() === 0 ? ["user root"] : []),
      await readFile(path, "utf8"),
    ].join("\n"),
  );
  const own = startProgram(MOSQUITTO, "-c", join(dir, "home.conf"));
  await own.until(/Received CONNACK on connection/);
  const publish = (topic: string, message: string): ReturnType<typeof runProgram> =>
    runProgram("mosquitto_pub", "-h", "127.0.0.1", "-p", String(home), "-q", "1", "-t", topic, "-m", message);
  await publish("stat/plug/POWER", "secret");
  await publish("tele/plug/SENSOR", '{"ENERGY":{"Power":413}}');
  await publish("smp/reading", '{"v":1,"r":{"1-0:16.7.0":413}}');
  const text = await tap.until(/kitchen\/reading /);
  expect(text).toContain('sm/v1/kitchen/raw/tele/plug/SENSOR {"ENERGY":{"Power":413}}\n');
  expect(text).toContain('sm/v1/kitchen/reading {"v":1,"r":{"1-0:16.7.0":413}}\n');
  expect(text).not.toContain("secret");
});

test("for a bridge keeps what Tasmota says while the line is down, though it says it at QoS 0", async () => {
  const { dir, path, broker } = await setUp("mosquitto-bridge");
  const home = await freePort();
  const lines = [
    `listener ${home} 127.0.0.1`,
    "allow_anonymous true",
    "log_dest stderr",
    "log_type all",
    ...(process.getuid?.() === 0 ? ["user root"] : []),
    await readFile(path, "utf8"),
    "restart_timeout 1",
  ];
  await writeFile(join(dir, "home.conf"), lines.join("\n"));
  const own = startProgram(MOSQUITTO, "-c", join(dir, "home.conf"));
  await own.until(/Received CONNACK on connection/);
  broker.child.kill("SIGKILL");
  await own.until(/Client local\.\S+ closed its connection|Connecting bridge[^]*Connecting bridge/);
  for (const power of [411, 412, 413]) {
    const message = `{"ENERGY":{"Power":${power}}}`;
    const at = ["-h", "127.0.0.1", "-p", String(home)];
    await runProgram("mosquitto_pub", ...at, "-t", "tele/plug/SENSOR", "-m", message);
  }
  const back = startProgram(MOSQUITTO, "-c", join(dir, "mosquitto.conf"));
  await back.until(/(?:Received PUBLISH from kitchen[^]*){3}/);
});

test("for a Shelly is a script that hands it certificate, key and broker over its RPC", async () => {
  const { dir, path } = await setUp("shelly");
  const calls: { method: string; params: Record<string, unknown> }[] = [];
  const shelly = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      calls.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof calls)[number]);
      response.end('{"id":1,"result":{}}');
    });
  });
  onTestFinished(() => void shelly.close());
  await once(shelly.listen(0, "127.0.0.1"), "listening");
  const { port } = shelly.address() as AddressInfo;
  expect((await runProgram("sh", path)).text).toContain("Give the address of the Shelly");
  expect((await runProgram("sh", path, `127.0.0.1:${port}`)).exitCode).toBe(0);
  const read = (name: string): Promise<string> => readFile(join(dir, "devices/kitchen", name), "utf8");
  expect(calls.map(({ method }) => method)).toEqual([
    "Shelly.PutUserCA",
    "Shelly.PutTLSClientCert",
    "Shelly.PutTLSClientKey",
    "Mqtt.SetConfig",
    "Shelly.Reboot",
  ]);
  expect(calls.slice(0, 3).map(({ params }) => params["data"])).toEqual([
    await read("ca.crt"),
    await read("client.crt"),
    await read("client.key"),
  ]);
  expect(calls[3]?.params["config"]).toMatchObject({
    client_id: "kitchen",
    topic_prefix: "sm/v1/kitchen/raw",
    use_client_cert: true,
    ssl_ca: "user_ca.pem",
  });
});

test("a Shelly that is not there is told", async () => {
  const { path } = await setUp("shelly");
  const closed = createServer();
  await once(closed.listen(0, "127.0.0.1"), "listening");
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const { exitCode, text } = await runProgram("sh", path, `127.0.0.1:${port}`);
  expect(exitCode).not.toBe(0);
  expect(text).toMatch(/Failed to connect|Connection refused|Couldn't connect/);
});
