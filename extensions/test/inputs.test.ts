import { readdirSync, readFileSync } from "node:fs";
import type { Reading } from "@smp/schemas";
import { isReading } from "@smp/schemas/validate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openExtensions, readExtensionsConfig, type Extensions } from "../src/index.ts";
import vzlogger from "../src/inputs/vzlogger/index.ts";

// Each folder below inputs/ is a shipped input, each file one message and what must come of it: a bug report becomes a file.
interface Case {
  source: string;
  message: { device?: string; path: string; received: string; json?: unknown; text?: string; hex?: string };
  settings?: Record<string, string>;
  readings?: Reading[];
  fault?: string;
}
const FOLDER = new URL("inputs/", import.meta.url);
const inputs = readdirSync(FOLDER);

const payloadOf = ({ json, text, hex }: Case["message"]): Buffer =>
  hex === undefined ? Buffer.from(text ?? JSON.stringify(json)) : Buffer.from(hex, "hex");

/** The case's settings as an operator gives them. */
const environmentOf = (input: string): Record<string, string> => {
  const found = readdirSync(new URL(`${input}/`, FOLDER)).map((file) => caseOf(input, file).settings ?? {});
  return Object.fromEntries(
    found.flatMap((settings) =>
      Object.entries(settings).map(([key, value]) => [
        `SMP_X_${input}_${key}`.toUpperCase().replaceAll("-", "_"),
        value,
      ]),
    ),
  );
};

const caseOf = (input: string, file: string): Case =>
  JSON.parse(readFileSync(new URL(`${input}/${file}`, FOLDER), "utf8")) as Case;

describe.each(inputs)("%s", (input) => {
  let extensions: Extensions;
  beforeAll(async () => {
    extensions = await openExtensions(
      readExtensionsConfig({ ...environmentOf(input), SMP_INPUTS: `${input}:*` }, process.cwd()),
      // What is judged here is what they decode, not how loaded the machine is.
      { limits: { input: { callMs: 20_000 } } },
    );
  });
  afterAll(() => extensions.close());

  test.each(readdirSync(new URL(`${input}/`, FOLDER)))("%s", async (file) => {
    const { message, readings, fault } = caseOf(input, file);
    const { device = "attic", path, received } = message;
    const payload = payloadOf(message);
    const decoded = await extensions.decodeForeign({ device, path, payload, received: Date.parse(received) });
    if (fault !== undefined)
      return expect(decoded).toMatchObject({ code: "input-fault", fault: expect.stringContaining(fault) });
    expect(decoded).toEqual({ readings });
    for (const reading of readings ?? [])
      expect([isReading(reading), isReading.errors]).toEqual([true, null]);
  });
});

test("every shipped input has cases and a page", async () => {
  const extensions = await openExtensions(readExtensionsConfig({}, process.cwd()));
  const names = extensions
    .list()
    .filter(({ manifest }) => manifest.kind === "input")
    .map(({ manifest }) => manifest.name);
  expect(inputs.toSorted()).toEqual(names.toSorted());
  for (const name of names)
    expect(readFileSync(new URL(`../src/inputs/${name}/README.md`, import.meta.url), "utf8")).toContain(name);
  await extensions.close();
});

test("a device without an input, or with one that is not there, is told so", async () => {
  const extensions = await openExtensions(readExtensionsConfig({ SMP_INPUTS: "senml:em-*" }, process.cwd()));
  const message = { path: "a", payload: Buffer.from("[]"), received: 0 };
  expect(await extensions.decodeForeign({ ...message, device: "attic" })).toMatchObject({
    code: "no-input",
    fault: expect.stringMatching(/SMP_INPUTS \(input:attic\).*tasmota-sml/),
  });
  expect(await extensions.decodeForeign({ ...message, device: "attic", input: "nope" })).toMatchObject({
    code: "no-input",
    fault: expect.stringContaining('There is no input "nope"'),
  });
  expect(await extensions.decodeForeign({ ...message, device: "em-1" })).toMatchObject({
    code: "input-fault",
  });
  await extensions.close();
});

test("two channels of vzlogger that give one register of one meter are not taken for one counter", async () => {
  const context = { settings: { channels: "chn0=1-0:1.8.0,chn1=1-0:1.8.0" } } as unknown as Parameters<
    typeof vzlogger.decode
  >[1];
  const decode = (channel: string, value: string, device = "attic") =>
    vzlogger.decode(
      { device, path: `${channel}/raw`, payload: Buffer.from(value), received: 1_780_000_000_000 },
      context,
    );
  expect(await decode("chn0", "100")).toHaveLength(1);
  expect(await decode("chn1", "9000")).toEqual({
    fault: expect.stringMatching(
      /^The channels chn0 and chn1 both give 1-0:1\.8\.0.*chn1=second\/1-0:1\.8\.0/,
    ) as string,
  });
  expect(await decode("chn0", "101")).toHaveLength(1);
  expect(await decode("chn1", "9000", "garage")).toHaveLength(1);
});
