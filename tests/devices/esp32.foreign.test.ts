import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certify } from "../support/certify.ts";
import { codeBlocks } from "../support/page-blocks.ts";
import { encodableVectors, type ValidVector, type VectorReading } from "../support/vectors.ts";

// The C++ writer against the golden vectors, and the sketch against a desktop compiler: g++ as for an ESP32's core.
const run = promisify(execFile);
const esp32 = fileURLToPath(new URL("../../docs/devices/esp32/", import.meta.url));
const arduino = fileURLToPath(new URL("../fixtures/arduino/", import.meta.url));
const STRICT = ["-std=c++11", "-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror"];
const vectors = encodableVectors();

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-esp32-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const number = (value: number): string =>
  Number.isInteger(value) ? `static_cast<int64_t>(${value}LL)` : `${value}`;

/** The calls that a maker would write for a reading. */
function calls({ t, s, m, r, u }: VectorReading): string[] {
  const meter = m === undefined ? "nullptr" : JSON.stringify(m);
  return [
    `c.reading(${Object.keys(r).length}, ${t ?? 0}ULL, ${s ?? -1}LL, ${meter}, ${u !== undefined});`,
    ...Object.entries(r).map(([code, value]) => `c.add(${JSON.stringify(code)}, ${number(value)});`),
    ...(u === undefined ? [] : ['c.text("u");', `c.map(${Object.keys(u).length});`]),
    ...Object.entries(u ?? {}).map(([code, unit]) => `c.add("${code}", "${unit}");`),
  ];
}

function program({ json }: ValidVector): string {
  const readings = Array.isArray(json) ? json : [json];
  const batch = Array.isArray(json) ? [`c.batch(${json.length});`] : [];
  return [
    `{`,
    `sm::Cbor c(buffer, sizeof buffer);`,
    ...batch,
    ...readings.flatMap(calls),
    `show(c);`,
    `}`,
  ].join("\n  ");
}

/** Compiles a program that shows hex lines, and runs it. */
async function compileAndRun(name: string, body: string): Promise<string[]> {
  const source = `#include <stdio.h>\n#include "sm_cbor.h"\n
static uint8_t buffer[512];
static void show(const sm::Cbor& c) {
  if (!c.ok()) return (void)printf("refused\\n");
  for (size_t i = 0; i < c.size(); i++) printf("%02x", c.data()[i]);
  printf("\\n");
}
int main() {\n${body}\n  return 0;\n}\n`;
  const file = join(dir, `${name}.cpp`);
  await writeFile(file, source);
  await run("g++", [...STRICT, "-I", esp32, "-o", join(dir, name), file]);
  return (await run(join(dir, name))).stdout.trim().split("\n");
}

describe("sm_cbor.h", () => {
  test("writes the bytes of every golden vector", async () => {
    const lines = await compileAndRun("vectors", vectors.map(program).join("\n"));
    expect(Object.fromEntries(vectors.map(({ name }, at) => [name, lines[at]]))).toEqual(
      Object.fromEntries(vectors.map(({ name, cbor }) => [name, cbor])),
    );
  });

  test("refuses what does not fit into the buffer, NaN and infinity, and never writes beyond the buffer's end", async () => {
    const lines = await compileAndRun(
      "refusals",
      `uint8_t small[9] = {0}; sm::Cbor a(small, 8); a.reading(1); a.add("1-0:16.7.0", int64_t(413)); show(a);
       printf("%d\\n", small[8]);
       sm::Cbor b(buffer, sizeof buffer); b.reading(1); b.add("1-0:16.7.0", double(NAN)); show(b);
       sm::Cbor c(buffer, sizeof buffer); c.reading(1); c.add("1-0:16.7.0", double(-INFINITY)); show(c);`,
    );
    expect(lines).toEqual(["refused", "0", "refused", "refused"]);
  });

  test("does not compile with a 32-bit float, which would lose digits of a counter", async () => {
    await expect(
      compileAndRun("float", `sm::Cbor c(buffer, sizeof buffer); c.add("1-0:1.8.0", 34567891.0f); show(c);`),
    ).rejects.toThrow(/deleted function/);
  });

  test("does not allocate memory", async () => {
    expect(await readFile(join(esp32, "sm_cbor.h"), "utf8")).not.toMatch(/\bnew\b|malloc|std::|String\b/);
  });
});

test("sm_cbor.h takes every integer by whatever name the core gives it", async () => {
  const types = ["int", "unsigned", "long", "unsigned long", "long long", "unsigned long long"];
  const values = [...types, "int32_t", "uint32_t", "int64_t", "uint64_t", "uint16_t"];
  const lines = await compileAndRun(
    "integers",
    values
      .map((type) => `{ sm::Cbor c(buffer, sizeof buffer); c.add("p", static_cast<${type}>(413)); show(c); }`)
      .join("\n"),
  );
  expect(lines).toEqual(values.map(() => "617019019d"));
});

describe("the sketch", () => {
  /** Compiles it with a scene of tests/fixtures/arduino/play.h, and runs that. */
  async function play(name: string, scene: string): Promise<string[]> {
    await writeFile(
      join(dir, "secrets.h"),
      `#define SMP_DEVICE "d"\n#define SMP_HOST "h"\n#define SMP_PORT 1\n#define SMP_CA ""\n#define SMP_CERT ""\n#define SMP_KEY ""\n`,
    );
    const file = join(dir, `${name}.cpp`);
    await writeFile(
      file,
      `#include "play.h"\nusing namespace play;\nint main() {\n  setup();\n${scene}\n}\n`,
    );
    await run("g++", [
      "-std=c++11",
      "-Wall",
      "-Wextra",
      "-Werror",
      "-I",
      arduino,
      "-I",
      esp32,
      "-I",
      dir,
      "-o",
      join(dir, name),
      file,
    ]);
    return (await run(join(dir, name))).stdout.trim().split("\n");
  }
  const seconds = (from: number, to: number): string =>
    Array.from({ length: (to - from) / 10 + 1 }, (_, at) => from + at * 10).join(" ");

  test("forgets what was acknowledged, and nothing else, when its memory fills while a reading is under way", async () => {
    // 360 fit: the first one, whose PUBACK comes at last, has made room; that PUBACK must not take another along.
    const [line] = await play(
      "full",
      `const uint64_t start = clockMs;
       connect(); pass(10); pass(3990);
       acknowledge(readings[0].id); drain(start);`,
    );
    expect(line?.trim()).toBe(seconds(410, 4000));
  });

  test("goes on when the client's task hears the PUBACK before publish has returned", async () => {
    const [line] = await play(
      "soon",
      `answersAtOnce = true; connect(); pass(100); printf("%zu\\n", readings.size());`,
    );
    expect(line).toBe("11");
  });

  test("hears a reading's PUBACK beside that of its status", async () => {
    const [line] = await play(
      "status",
      `pass(10); connect(); play::acknowledged(readings[0].id); play::acknowledged(2); pass(10); printf("%zu\\n", readings.size());`,
    );
    expect(line).toBe("2");
  });

  test("gives what it measured before its clock was set the time at which it measured", async () => {
    const [line] = await play(
      "clock",
      `clockMs = 0; pass(300); printf("%d ", attempts);
       clockMs = 1780000000000; pass(1); printf("%d ", attempts); connect(); drain(1780000000000 - 300000);`,
    );
    expect(line?.trim()).toBe(`0 1 ${seconds(1, 301)}`);
  });

  test("publishes again on a new connection what had no PUBACK, with the same time", async () => {
    const [line] = await play(
      "again",
      `const uint64_t start = clockMs;
       connect(); pass(10); up = false; pass(60); connect();
       printf("%d ", readings[0].t == readings[1].t); drain(start);`,
    );
    expect(line?.trim()).toBe(`1 ${seconds(0, 70)}`);
  });

  test("asks for the network again when the core has given it up", async () => {
    const [line] = await play("network", `network = false; pass(600); printf("%d %d\\n", begins, attempts);`);
    expect(line).toBe("11 0");
  });
});

describe("the page for ESP32", () => {
  test("shows a sketch that compiles, with the certificates of `smp device add --for esp32`", async () => {
    const certified = await certify("my-device", "--for", "esp32");
    await writeFile(join(dir, "secrets.h"), await certified.read("secrets.h"));
    await certified.remove();
    await run("g++", [
      "-std=c++11",
      "-Wall",
      "-Wextra",
      "-Werror",
      "-fsyntax-only",
      ...`-I ${arduino} -I ${esp32} -I ${dir} -x c++`.split(" "),
      join(esp32, "meter.ino"),
    ]);
  });

  test("shows lines that make the bytes which it says", async () => {
    const page = "docs/devices/esp32.md";
    const lines = await compileAndRun("page", `${codeBlocks(page, "cpp").join("\n")}\n  show(reading);`);
    expect(lines).toEqual([codeBlocks(page, "text")[0]?.replaceAll(/\s/g, "")]);
  });
});
