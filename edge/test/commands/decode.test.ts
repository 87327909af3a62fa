import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "@smp/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeCommand } from "../../src/commands/decode.ts";
import { PROFILES } from "../../src/meter/profiles/table.ts";
import type { Telegram } from "../../src/meter/telegram.ts";
import { expectedViews, viewsOf } from "../meter/expectation.ts";
import { noise } from "../meter/replay.ts";
import { bytesOf, protocolOf, VECTORS, type Vector } from "../meter/vectors.ts";

interface Outcome {
  telegrams: Telegram[];
  summary: { telegrams: number; discardedBytes: number; errors: string[] };
  output: string;
  /** The sentence and code that the command fails with. */
  failure: { code: string; message: string } | undefined;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

/** Runs the command in this process; `input` is its standard input. */
async function run(args: readonly string[], input: Uint8Array = new Uint8Array(0)): Promise<Outcome> {
  let output = "";
  let failure: Outcome["failure"];
  const command = decodeCommand({ input: once(input), output: { write: (text) => (output += text) } });
  command.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    await command.parseAsync([...args], { from: "user" });
  } catch (error) {
    const { code, message } = error as PlatformError;
    failure = { code, message };
  }
  const lines = output.split("\n").filter((line) => line !== "");
  const objects = lines.map((line) => JSON.parse(line) as unknown);
  return {
    telegrams: objects.slice(0, -1) as Telegram[],
    summary: objects.at(-1) as Outcome["summary"],
    output,
    failure,
  };
}

const keyArgs = ({ key_hex: key, auth_key_hex: authKey }: Vector): string[] => [
  ...(key === undefined ? [] : ["--key", key]),
  ...(authKey === undefined ? [] : ["--auth-key", authKey]),
];
function byId(id: string): Vector {
  const vector = VECTORS.find((candidate) => candidate.id === id);
  if (vector === undefined) throw new Error(`there is no capture ${id}`);
  return vector;
}
const kaifa = byId("at-netznoe-ma309-doc");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smp-decode-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(VECTORS.filter(({ framing_only: framingOnly }) => !framingOnly))("$id", (vector) => {
  const expected = expectedViews(vector);
  const bytes = bytesOf(vector);

  test("decodes from standard input, protocol found out", async () => {
    const { telegrams, summary } = await run([...keyArgs(vector), "-"], bytes);
    expect(viewsOf(telegrams, vector)).toEqual(expected);
    expect(summary.telegrams).toBe(expected.length);
  });

  test("decodes from a file, protocol given", async () => {
    const file = join(folder, `${vector.id}.bin`);
    await writeFile(file, bytes);
    const { telegrams } = await run([...keyArgs(vector), "--protocol", protocolOf(vector), file]);
    expect(viewsOf(telegrams, vector)).toEqual(expected);
  });

  test("decodes from hex, said and found out", async () => {
    const spaced = Buffer.from(
      bytes
        .toString("hex")
        .replace(/../g, "$& ")
        .replace(/(.{48})/g, "$1\n"),
    );
    for (const args of [["--hex"], []]) {
      const { telegrams } = await run([...keyArgs(vector), ...args, "-"], spaced);
      expect(viewsOf(telegrams, vector)).toEqual(expected);
    }
  });
});

test("a telegram is one line with the promised keys, and the summary is the last", async () => {
  const { telegrams, summary, output } = await run([...keyArgs(kaifa), "-"], bytesOf(kaifa));
  expect(output.split("\n")).toHaveLength(3);
  expect(Object.keys(telegrams[0] ?? {})).toEqual(
    expect.arrayContaining([
      "protocol",
      "meter",
      "time",
      "t",
      "frameCounter",
      "systemTitle",
      "registers",
      "texts",
    ]),
  );
  expect(telegrams[0]?.registers["1-0:1.8.0"]).toEqual({ value: 12937, unit: "Wh" });
  expect(telegrams[0]?.registers["1-0:32.7.0"]).toEqual({ value: 233.7, unit: "V" });
  expect(telegrams[0]).toMatchObject({
    protocol: "mbus",
    meter: "181220000009",
    time: "2021-09-27T09:47:15+02:00",
    t: Date.parse("2021-09-27T07:47:15Z"),
    frameCounter: 35,
    systemTitle: "4b464d6750000009",
  });
  expect(summary).toEqual({ telegrams: 1, discardedBytes: 0, errors: [] });
});

test("noise around a telegram is counted", async () => {
  const stream = Buffer.concat([noise(100, 3), bytesOf(kaifa), noise(50, 4)]);
  const { telegrams, summary, failure } = await run([...keyArgs(kaifa), "-"], stream);
  expect(telegrams).toHaveLength(1);
  expect(summary.discardedBytes).toBe(150);
  expect(failure).toBeUndefined();
});

test.each(["at-tinetz-ma309-nokey", "at-netznoe-t210d-wrap-nokey", "at-salzburg-doc-single-segment"])(
  "without a key %s still shows frames, title, counter and lengths",
  async (id) => {
    const vector = byId(id);
    const { telegrams, summary, failure } = await run(["-"], bytesOf(vector));
    const [expected] = Array.isArray(vector.expected) ? vector.expected : [vector.expected];
    expect(telegrams).toHaveLength(1);
    expect(telegrams[0]).toMatchObject({
      systemTitle: expected?.system_title,
      frameCounter: expected?.frame_counter,
      frames: expected?.segments,
      apduLength: expected?.apdu_length,
      declaredLength: expected?.declared_length,
      registers: {},
    });
    expect(summary.telegrams).toBe(0);
    expect(summary.errors.join()).toMatch(/ask the grid operator for the key/);
    expect(failure).toBeUndefined();
  },
);

test("a wrong key is called wrong, and never printed", async () => {
  const key = "DEADBEEFDEADBEEFDEADBEEFDEADBEEF";
  const { telegrams, output, failure } = await run(["--key", key, "-"], bytesOf(kaifa));
  expect(telegrams).toEqual([]);
  expect(failure?.message).toMatch(/wrong key/);
  expect(`${output}${failure?.message}`.toUpperCase()).not.toContain("DEADBEEF");
});

test.each([
  ["with blanks and 0x", "0x36 C6 66 39 E4 8A 8C A4 D6 BC 8B 28 2A 79 3B BB"],
  ["in hex twice", Buffer.from("36C66639E48A8CA4D6BC8B282A793BBB").toString("hex")],
  ["with quotes and colons", '"36:C6:66:39:E4:8A:8C:A4:D6:BC:8B:28:2A:79:3B:BB"'],
])("a key pasted %s is understood", async (_, key) => {
  expect((await run(["--key", key, "-"], bytesOf(kaifa))).telegrams).toHaveLength(1);
});

test("a key of the wrong length is refused without being repeated", async () => {
  for (const key of ["36C66639E48A8CA4", "36C66639E48A8CA4D6BC8B282A793BBX"]) {
    const { failure, output } = await run(["--key", key, "-"], bytesOf(kaifa));
    expect(failure?.message).toMatch(/32 hex digits/);
    expect(`${failure?.message}${output}`).not.toContain("36C666");
  }
});

describe("bad input ends with a sentence", () => {
  const missing = "there is no such file";
  test.each([
    ["a missing file", ["/nonexistent/capture.bin"], "", new RegExp(missing)],
    ["a folder", [tmpdir()], "", /it is a folder/],
    ["nothing at all", ["-"], "", /capture is empty/],
    ["text that is no capture", ["-"], "Dear Sir or Madam, ".repeat(20), /none of the capture's 380 bytes/],
    ["hex that is none", ["--hex", "-"], "7E A0 ZZ", /character 7 of the capture, "Z", is no hex digit/],
    ["half a byte", ["--hex", "-"], "7EA", /odd number of hex digits/],
  ] as const)("%s", async (_, args, input, sentence) => {
    const { failure } = await run(args, Buffer.from(input));
    expect(failure?.message).toMatch(sentence);
  });

  test("what did decode before it is printed", async () => {
    const hex = `${bytesOf(kaifa).toString("hex")} oops`;
    const { telegrams, summary, failure } = await run([...keyArgs(kaifa), "--hex", "-"], Buffer.from(hex));
    expect(telegrams).toHaveLength(1);
    expect(summary.telegrams).toBe(1);
    expect(failure?.message).toMatch(/no hex digit/);
  });
});

test("a list that no profile knows is shown value by value", async () => {
  const vector = byId("si-lgz-e450-positional-synthetic");
  const { telegrams, failure } = await run(["--profile", "kamstrup", "-"], bytesOf(vector));
  expect(telegrams).toEqual([
    {
      list: [
        "text 000000123456",
        "u32 513",
        "u32 0",
        "u32 60",
        "u32 103",
        "u32 65138118",
        "u32 0",
        "u32 6700576",
        "u32 2833350",
      ],
    },
  ]);
  expect(failure?.message).toMatch(/list of 9 values .* fits no profile/);
});

test("hex may carry remarks, separators and a byte order mark", async () => {
  const hex = bytesOf(kaifa).toString("hex").replace(/../g, "0x$&, ");
  const text = Buffer.from(`\uFEFF# Kaifa, from the operator's document\n${hex}\n# end\n`);
  expect((await run([...keyArgs(kaifa), "-"], text)).telegrams).toHaveLength(1);
});

test.each(PROFILES.map(({ name }) => name))("profile %s may be chosen by name", async (name) => {
  const { failure, summary } = await run([...keyArgs(kaifa), "--profile", name, "-"], bytesOf(kaifa));
  expect(failure).toBeUndefined();
  expect(summary.telegrams).toBe(1);
});
