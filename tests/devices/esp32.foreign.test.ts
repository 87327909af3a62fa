import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certify } from "../support/certify.ts";
import { codeBlocks } from "../support/page.ts";
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
