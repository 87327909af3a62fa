import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { decodeCommand, PROFILES } from "@smp/edge";
import { expect, test } from "vitest";
import { blocksOf } from "../support/page-blocks.ts";

// docs/extend/adding-a-meter.md tells how a real meter was added: its listings are what stands in the code, and what `smp decode` says.
const PAGE = "docs/extend/adding-a-meter.md";
const [decode = "", found = "", profile = "", noUnits = "", capture = "", checks = ""] = blocksOf(PAGE).map(
  ({ code }) => code,
);
const PROFILE = "edge/src/meter/profiles/landis-gyr-slovenia.ts";
const page = readFileSync(PAGE, "utf8");

interface Capture {
  id: string;
  frames_hex: string;
}
const shown = JSON.parse(capture) as Capture;
const whole = JSON.parse(readFileSync(`edge/test/fixtures/telegrams/${shown.id}.json`, "utf8")) as Capture;

/** Types the page's `smp decode`, with the capture's bytes as the file; as long as no profile fits, if told so. */
async function decoded(profileName?: string): Promise<unknown[]> {
  let output = "";
  const bytes = Buffer.from(whole.frames_hex, "hex");
  async function* input(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const command = decodeCommand({ input: input(), output: { write: (text) => (output += text) } });
  const [, ...words] = decode.trim().replace("npx smp ", "").replace("YOUR_KEY", "0F".repeat(16)).split(" ");
  const args = words.map((word) => (word === "capture.bin" ? "-" : word));
  await command
    .exitOverride()
    .parseAsync([...args, ...(profileName === undefined ? [] : ["--profile", profileName])], { from: "user" })
    .catch(() => undefined);
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

test("before its profile, `smp decode` shows the list of the page and says what the page says", async () => {
  const [list, summary] = await decoded("kamstrup");
  expect(list).toEqual(JSON.parse(found));
  const { errors } = summary as { errors: string[] };
  expect(errors.join()).toContain(
    "the telegram's list of 9 values carries no OBIS codes and fits no profile",
  );
});

test("with it, the registers have the values of the capture on the page", async () => {
  const [telegram] = (await decoded()) as { registers: Record<string, object> }[];
  expect(telegram).toMatchObject({ profile: "landis-gyr-slovenia", meter: "000000123456" });
  expect(telegram?.registers["1-0:1.7.0"]).toEqual({ value: 513, unit: "W" });
});

test("the listings are the sources: one whole, one of a file", () => {
  expect(page).toContain(`\`${PROFILE}\`, whole`);
  expect(profile).toBe(readFileSync(PROFILE, "utf8"));
  expect(readFileSync("edge/src/meter/profiles/kamstrup.ts", "utf8")).toContain(noUnits);
});

test("the capture is the fixture, cut where it says so", () => {
  const { frames_hex: hex, ...rest } = shown;
  expect(hex).toMatch(/\.\.\.$/);
  expect(whole.frames_hex.startsWith(hex.replace("...", ""))).toBe(true);
  expect(whole).toMatchObject(rest);
});

test("every file and folder that it names is there, and every profile is in the table", () => {
  const named = [...`${page}\n${checks}`.matchAll(/\bedge\/(?:src|test)\/[\w./-]*\w/g)].map(([path]) => path);
  expect(named.length).toBeGreaterThan(5);
  for (const path of named) expect(existsSync(path), path).toBe(true);
  const names = PROFILES.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["landis-gyr-slovenia", "kamstrup"]));
});

test("the check runs as it stands there, and is of this capture alone", async () => {
  // The child is no part of this run.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  const env = { ...Object.fromEntries(own), NO_COLOR: "1" };
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", checks], { env });
  expect(checks).toContain(` -t ${shown.id}\n`);
  expect(stdout).toMatch(/ Tests +[1-9]\d+ passed \| \d+ skipped/);
}, 120_000);
