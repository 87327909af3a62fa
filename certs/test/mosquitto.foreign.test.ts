import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exportCrls } from "../src/authority/crl-files.ts";
import { addConsumer, addDevice, type Bundle } from "../src/leaf/issue.ts";
import { pkiPaths } from "../src/folder/paths.ts";
import { revoke } from "../src/leaf/revoke.ts";
import { testCommand } from "../src/commands/show.ts";
import { startProgram } from "./foreign-program.ts";
import { startMosquitto } from "./mosquitto.ts";
import { runProgram, temporaryPki } from "./pki-folder.ts";

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

  test("refuses who is on our revocation lists, and lets the others in", async () => {
    const dir = await temporaryPki();
    const [kept, lost] = [await addDevice({ dir, id: "kept" }), await addDevice({ dir, id: "lost" })];
    await revoke("device", { dir, id: "lost" });
    await exportCrls({ dir, authorities: ["issuing-device", "issuing-service"] });
    const { port } = await startMosquitto(dir, [`crlfile ${join(pkiPaths(dir).crls, "all.crl")}`]);
    const publish = (device: Bundle, id: string): ReturnType<typeof runProgram> =>
      runProgram(
        "mosquitto_pub",
        ...connection(device, port),
        "-q",
        "1",
        "-t",
        `sm/v1/${id}/reading`,
        "-m",
        "x",
      );
    expect((await publish(kept, "kept")).exitCode).toBe(0);
    expect((await publish(lost, "lost")).exitCode).not.toBe(0);
  });
});

test("GnuTLS, another hand than OpenSSL, reads certificates, requests for them and lists, and verifies the chain", async () => {
  const dir = await temporaryPki();
  const { files } = await addDevice({ dir, id: "m1" });
  const [list] = await exportCrls({ dir, authorities: ["issuing-device"] });
  const shown = await runProgram("certtool", "--certificate-info", "--infile", files.cert);
  expect(shown.text).toContain("Subject: CN=m1");
  expect(shown.text).toContain("URI: urn:smp:device:m1");
  expect(shown.text).toContain("Curve:\tSECP256R1");
  const verified = await runProgram(
    "certtool",
    "--verify",
    "--verify-profile",
    "high",
    "--load-ca-certificate",
    files.ca,
    "--infile",
    files.cert,
  );
  expect(verified.text).toMatch(/Chain verification output: Verified\. The certificate is trusted\./);
  expect((await runProgram("certtool", "--crl-info", "--infile", list!.file)).text).toMatch(
    /Version: 2[^]*CRL Number[^]*01/,
  );
  expect(await runProgram("certtool", "--key-info", "--infile", files.key)).toMatchObject({ exitCode: 0 });
});
