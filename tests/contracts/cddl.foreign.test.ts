import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

// schemas/reading.cddl is for people who read CDDL: somebody else's validator, from PyPI, holds every golden vector against it.
const run = promisify(execFile);
const SCHEMAS = fileURLToPath(new URL("../../schemas/", import.meta.url));
const VALIDATE = `import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
from cddl_verifier import Validator
schemas = pathlib.Path(sys.argv[2])
validator = Validator(schemas / "reading.cddl")
vectors = [json.loads(file.read_text()) for file in sorted(schemas.glob("vectors/*/*.json"))]
print(json.dumps([
    {**vector, "valid": validator.validate(bytes.fromhex(vector["cbor"]), root_type="message").valid}
    for vector in vectors if "cbor" in vector
]))`;

interface Judged {
  name: string;
  verdict: "accepted" | "rejected";
  code?: string;
  valid: boolean;
}
let libraries: string;
let judged: Judged[];
beforeAll(async () => {
  libraries = await mkdtemp(join(tmpdir(), "smp-cddl-"));
  const packages = ["cddl-verifier==1.5.3"];
  await run("pip", ["install", "--quiet", "--no-deps", "--target", libraries, ...packages], {
    timeout: 60_000,
  });
  const { stdout } = await run("/usr/bin/python3", ["-c", VALIDATE, libraries, SCHEMAS]);
  judged = JSON.parse(stdout) as Judged[];
}, 90_000);
afterAll(() => rm(libraries, { recursive: true, force: true }));

test("what the platform accepts is valid CDDL", () => {
  const accepted = judged.filter(({ verdict }) => verdict === "accepted");
  expect(accepted.length).toBeGreaterThan(10);
  expect(accepted.filter(({ valid }) => !valid)).toEqual([]);
});

test("what breaks the schema breaks the CDDL, but for the rules that its head names as beyond it", async () => {
  const broken = judged.filter(({ code }) => code === "schema");
  expect(broken.length).toBeGreaterThan(10);
  const missed = broken.filter(({ valid }) => valid).map(({ name }) => name);
  expect(missed.sort()).toEqual(["counter-above-2-53", "infinity", "nan", "time-fraction"]);
  const head = (await readFile(join(SCHEMAS, "reading.cddl"), "utf8")).split("\nmessage", 1)[0];
  expect(head).toMatch(/finite numbers.*up to 2\^53/s);
});
