import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import * as schemas from "../src/generated/schemas.ts";
import {
  Checked,
  METER_ID,
  meterId,
  netPowerW,
  parseDeviceTopic,
  PlatformError,
  readingTopic,
  registerOf,
  REGISTERS,
  TIME_MIN_MS,
} from "../src/index.ts";
import { faultSentence, isNormalisedReading, isReadingMessage } from "../src/validate.ts";

interface Vector {
  name: string;
  json?: unknown;
  verdict: "accepted" | "rejected";
  code?: string;
  normalised?: unknown[];
}
const load = (kind: string): Vector[] =>
  readdirSync(new URL(`../vectors/${kind}/`, import.meta.url)).map(
    (file) =>
      JSON.parse(readFileSync(new URL(`../vectors/${kind}/${file}`, import.meta.url), "utf8")) as Vector,
  );

test("each schema is one by JSON Schema's own rules", () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, discriminator: true });
  for (const [name, schema] of Object.entries(schemas))
    expect(ajv.validateSchema(schema), `${name}: ${ajv.errorsText()}`).toBe(true);
});

describe("golden vectors against the JSON Schemas", () => {
  test.each(load("valid"))("$name is valid, and so is what the log holds of it", (vector) => {
    expect(isReadingMessage(vector.json), faultSentence(isReadingMessage.errors)).toBe(true);
    for (const reading of vector.normalised ?? [])
      expect(isNormalisedReading(reading), faultSentence(isNormalisedReading.errors)).toBe(true);
  });

  test.each(load("invalid").filter((vector) => vector.code === "schema" && "json" in vector))(
    "$name breaks the schema, and the fault is a sentence",
    (vector) => {
      expect(isReadingMessage(vector.json)).toBe(false);
      expect(faultSentence(isReadingMessage.errors)).toMatch(/\.$/);
    },
  );
});

describe("topics", () => {
  test("a reading topic reads back", () => {
    expect(parseDeviceTopic(readingTopic("ma309-1"))).toEqual({
      device: "ma309-1",
      kind: "reading",
      rest: "",
    });
    expect(parseDeviceTopic("sm/v1/a/raw/tele/SENSOR")).toEqual({
      device: "a",
      kind: "raw",
      rest: "tele/SENSOR",
    });
  });

  test.each([
    "",
    "sm/v1//reading",
    "sm/v1/A/reading",
    "sm/v1/a/reading/x",
    "sm/v2/a/reading",
    "sm/v1/a/raw/",
    "sm/v1/a/raw/+",
    "sm/v1/a/raw/\0",
  ])("%j is none of the contract's topics", (topic) => expect(parseDeviceTopic(topic)).toBeUndefined());

  test("a meter id cannot leave its device", () => {
    expect(meterId("edge-1")).toBe("edge-1");
    expect(meterId("edge-1", "1KFM")).toBe("edge-1.1KFM");
    expect("edge-1.a/b").not.toMatch(METER_ID);
    expect("edge-1.a.b").not.toMatch(METER_ID);
  });
});

describe("register table", () => {
  test("codes and names are unique, and a name ends in its unit", () => {
    expect(new Set(REGISTERS.map((register) => register.code)).size).toBe(REGISTERS.length);
    expect(new Set(REGISTERS.map((register) => register.name)).size).toBe(REGISTERS.length);
    for (const register of REGISTERS.filter((candidate) => candidate.unit !== "1"))
      expect(register.name.endsWith(`_${register.unit.toLowerCase()}`), register.name).toBe(true);
  });

  test("consumption is the register 1.8.0 and power is never energy", () => {
    expect(registerOf("1-0:1.8.0")).toMatchObject({ unit: "Wh", kind: "counter" });
    expect(registerOf("1-0:2.7.0")).toMatchObject({ unit: "W", kind: "gauge" });
  });

  test("net power is the net register, else import minus export, else unknown", () => {
    expect(netPowerW({ "1-0:16.7.0": -5, "1-0:1.7.0": 7 })).toBe(-5);
    expect(netPowerW({ "1-0:1.7.0": 0, "1-0:2.7.0": 420 })).toBe(-420);
    expect(netPowerW({ "1-0:1.8.0": 1 })).toBeUndefined();
  });
});

test("every faulty setting is reported at once, each with its variable's name", () => {
  const checked = new Checked({ SMP_A: "x", SMP_B: "70000", SMP_C: "", SMP_D: "maybe" });
  checked.oneOf("SMP_A", ["y", "z"], "y");
  checked.integer("SMP_B", { min: 0, max: 65_535, fallback: 1 });
  checked.text("SMP_C");
  checked.boolean("SMP_D", true);
  expect(() => checked.throwIfFaulty()).toThrow(PlatformError);
  expect(() => checked.throwIfFaulty()).toThrow(/SMP_A.*\nSMP_B.*\nSMP_C.*\nSMP_D/);
});

test("nothing before 2020 is a live reading", () =>
  expect(new Date(TIME_MIN_MS).toISOString()).toBe("2020-01-01T00:00:00.000Z"));
