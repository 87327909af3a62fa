import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { invite } from "../../src/est/invitations.ts";
import { pkiPaths } from "../../src/folder/paths.ts";
import { readRegistry } from "../../src/folder/registry.ts";
import { startServer } from "./est-client.ts";
import { runProgram, temporaryFolder } from "../pki-folder.ts";

// A device that has nothing of ours: curl and openssl, in a folder of its own.
test("curl and openssl enrol with a code, verify what they got, and renew it with a new key", async () => {
  const est = await startServer();
  const folder = await temporaryFolder();
  const { code } = await invite({ dir: est.dir, id: "kitchen", ttlMs: 60_000 });
  const url = `https://localhost:${est.port}/.well-known/est`;
  const curl = `curl --silent --show-error --fail-with-body --cacert ${join(est.dir, "ca.crt")}`;
  const script = async (...lines: string[]): Promise<string> => {
    const { exitCode, text } = await runProgram("sh", "-ec", [`cd ${folder}`, ...lines].join("\n"));
    expect([exitCode, text]).toEqual([0, text]);
    return text;
  };
  const newCsr = (key: string): string =>
    `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${key} -subj /CN=kitchen -outform DER -out csr.der 2>/dev/null
     openssl base64 -in csr.der -out csr.b64`;
  const toPem = (answer: string, pem: string): string =>
    `openssl base64 -d -in ${answer} | openssl pkcs7 -inform DER -print_certs -out ${pem}`;
  const post = (path: string, how: string, out: string): string =>
    `${curl} ${how} -H 'Content-Type: application/pkcs10' --data-binary @csr.b64 -o ${out} ${url}/${path}`;

  await script(
    `${curl} -o cacerts.b64 ${url}/cacerts`,
    toPem("cacerts.b64", "cas.pem"),
    newCsr("client.key"),
    post("simpleenroll", `--user kitchen:${code}`, "answer.b64"),
    toPem("answer.b64", "client.crt"),
  );
  const verify = `openssl verify -x509_strict -purpose sslclient -CAfile ${join(est.dir, "ca.crt")} -untrusted cas.pem`;
  expect(await script(`${verify} client.crt`)).toBe("client.crt: OK\n");
  expect(await script("openssl x509 -in client.crt -noout -subject -ext subjectAltName")).toMatch(
    /CN = kitchen\n.*\n\s+URI:urn:smp:device:kitchen\n/,
  );

  await script(
    newCsr("next.key"),
    post("simplereenroll", "--cert client.crt --key client.key", "answer.b64"),
    toPem("answer.b64", "next.crt"),
  );
  expect(await script(`${verify} next.crt`)).toBe("next.crt: OK\n");
  expect(await script("openssl x509 -in next.crt -pubkey -noout")).toBe(
    await script("openssl pkey -in next.key -pubout"),
  );
  expect(await readFile(join(folder, "next.key"), "utf8")).not.toBe(
    await readFile(join(folder, "client.key"), "utf8"),
  );
  const registered = await readRegistry(pkiPaths(est.dir).registry);
  expect(registered.filter(({ role }) => role === "device")).toHaveLength(2);

  const again = await runProgram(
    "sh",
    "-c",
    `cd ${folder}; ${post("simpleenroll", `--user kitchen:${code}`, "refused.txt")}`,
  );
  expect(again.exitCode).toBe(22);
  expect(await readFile(join(folder, "refused.txt"), "utf8")).toBe(
    "this code was used already: ask for a new code (smp invite)\n",
  );
});

test("no ticket brings back a session, so that a revoked certificate is not taken from one", async () => {
  const est = await startServer();
  const connect = ["s_client", "-connect", `127.0.0.1:${est.port}`, "-CAfile", join(est.dir, "ca.crt")];
  const session = join(await temporaryFolder(), "session.pem");
  for (const version of ["-tls1_2", "-tls1_3"]) {
    const first = `openssl s_client ${connect.slice(1).join(" ")} ${version} -sess_out ${session}`;
    const again = `openssl s_client ${connect.slice(1).join(" ")} ${version} -sess_in ${session}`;
    const { text } = await runProgram(
      "sh",
      "-c",
      `sleep 1 | ${first} >/dev/null 2>&1; test ! -s ${session} || ${again} </dev/null 2>&1 | grep -E '^(New|Reused),'`,
    );
    expect(text).not.toContain("Reused");
  }
  const old = await runProgram("sh", "-c", `openssl ${connect.join(" ")} -tls1_1 -brief </dev/null 2>&1`);
  expect(old.text).not.toContain("CONNECTION ESTABLISHED");
});
