import { readFileSync } from "node:fs";
import type { RejectedMessage } from "@smp/schemas";
import { isProblem } from "@smp/schemas/validate";
import { describe, expect, test } from "vitest";
import { mayReceive, publishKind, subscribeRefusal } from "../src/identity/access.ts";
import { sessionName } from "../src/identity/client-id.ts";
import { readConfig } from "../src/config.ts";
import type { Identity, Role } from "../src/identity/identity.ts";
import { LIMIT_VARIABLES, LIMITS } from "../src/limits.ts";
import { problemOf } from "@smp/schemas";
import { Refusal } from "../src/refusal.ts";

const who = (role: Role, id: string): Identity => ({
  role,
  id,
  serial: "AA",
  validUntil: Number.MAX_SAFE_INTEGER,
});

describe("the name of a session", () => {
  test.each([
    ["device", "m7", "m7", /^device:m7$/],
    ["device", "m7", "", /^device:m7\/[0-9a-f]{12}$/],
    ["device", "m7", "mosq-Xy1", /^device:m7\/[0-9a-f]{12}$/],
    ["device", "m7", "ESP32_a1B2c3", /^device:m7\/[0-9a-f]{12}$/],
    ["consumer", "tap", "tap-kitchen_1", /^consumer:tap\/kitchen_1$/],
    ["service", "home", "home-2", /^service:home\/2$/],
  ] as const)("of %s %s with client id %j is its own", (role, id, clientId, expected) => {
    expect(sessionName(who(role, id), clientId)).toMatch(expected);
  });

  test.each([
    ["device", "m7", "m7-2"],
    ["device", "m7", "M7"],
    ["consumer", "tap", "tap-"],
    ["consumer", "tap", "tap-a/b"],
    ["consumer", "tap", "tapestry"],
    ["consumer", "tap", `tap-${"x".repeat(100)}`],
  ] as const)("of %s %s is not given for client id %j", (role, id, clientId) => {
    expect(sessionName(who(role, id), clientId)).toBeInstanceOf(Refusal);
  });

  test("differs for every client without one", () => {
    const names = new Set(Array.from({ length: 100 }, () => sessionName(who("device", "m7"), "")));
    expect(names.size).toBe(100);
  });
});

describe("rights", () => {
  test("let a device publish below its own name", () => {
    const kinds = ["reading", "status", "info", "raw/tele/SENSOR"].map((rest) =>
      publishKind(who("device", "m7"), `sm/v1/m7/${rest}`),
    );
    expect(kinds).toEqual(["reading", "status", "info", "raw"]);
  });

  test.each([
    ["device", "m7", "sm/v1/m8/reading", "publish-foreign"],
    ["device", "m7", "sm/v1/m/reading", "publish-foreign"],
    ["device", "m", "sm/v1/m7/status", "publish-foreign"],
    ["device", "m7", "sm/v1/m7/error", "publish-topic"],
    ["device", "m7", "sm/v1/m7/cmd/x", "publish-topic"],
    ["device", "m7", "live/v1/m7", "publish-topic"],
    ["consumer", "m7", "sm/v1/m7/reading", "publish-role"],
    ["service", "m7", "sm/v1/m7/reading", "publish-role"],
  ] as const)("of %s %s do not reach to publish to %s", (role, id, topic, reason) => {
    expect(publishKind(who(role, id), topic)).toMatchObject({ reason });
  });

  const OWN = ["sm/v1/m7/error", "sm/v1/m7/cmd/x"];
  const LIVE = ["live/v1/m7", "live/homeassistant/device/m7/config"];
  const PRESENCE = ["sm/v1/m7/status", "sm/v1/m7/info"];
  test.each([
    ["device", OWN, ["sm/v1/m7/#", "sm/v1/m7/cmd/#", "sm/v1/m7/cmd/+"]],
    ["consumer", LIVE, ["live/v1/#", "live/v1/+", "live/homeassistant/#"]],
    [
      "service",
      [...LIVE, ...PRESENCE],
      ["live/v1/#", "live/v1/+", "live/homeassistant/#", "sm/v1/+/status", "sm/v1/+/info"],
    ],
  ] as const)("of a %s named m7 are to hear these topics and no others", (role, topics, filters) => {
    const foreign = ["sm/v1/m8/error", "sm/v1/m70/error", "sm/v1/m8/cmd/x", "$SYS/x/y"];
    const all = [...OWN, ...LIVE, ...PRESENCE, "sm/v1/m7/reading", "sm/v1/m7/raw/x", ...foreign];
    expect(all.filter((topic) => mayReceive(who(role, "m7"), topic))).toEqual(
      all.filter((topic) => (topics as readonly string[]).includes(topic)),
    );
    const wild =
      "sm/v1/m7/# sm/v1/m7/cmd/# sm/v1/m7/cmd/+ sm/v1/m7/+ sm/v1/m70/# sm/v1/m8/# live/v1/# live/v1/+ live/# " +
      "live/v1/m7/x live/v1/+/x live/v1/M7/# live/homeassistant/# live/homeassistant homeassistant/# " +
      "sm/v1/+/status sm/v1/+/info sm/v1/+/error sm/v1/+/reading # +/# sm/# $SYS/#";
    const given = [...all, ...wild.split(" "), ""].filter(
      (filter) => !subscribeRefusal(who(role, "m7"), filter),
    );
    expect(new Set(given)).toEqual(new Set([...topics, ...filters]));
  });

  test("of a consumer end at the meters of its list", () => {
    const meters = new Set(["m7", "m8.1KFM"]);
    const tap = who("consumer", "tap");
    expect(subscribeRefusal(tap, "live/v1/m8.1KFM", meters)).toBeUndefined();
    expect(subscribeRefusal(tap, "live/v1/+", meters)).toBeUndefined();
    expect(subscribeRefusal(tap, "live/v1/m9", meters)).toBeInstanceOf(Refusal);
    expect([mayReceive(tap, "live/v1/m7", meters), mayReceive(tap, "live/v1/m9", meters)]).toEqual([
      true,
      false,
    ]);
    expect(mayReceive(tap, "live/v1/m9")).toBe(true);
    expect(mayReceive(tap, "$SYS/x/new/clients")).toBe(false);
    expect(mayReceive(tap, "sm/v1/m7/status")).toBe(false);
  });
});

describe("a problem on the error topic", () => {
  const rejection = (index: number | undefined, detail: string): RejectedMessage => ({
    device: "m7",
    topic: "sm/v1/m7/reading",
    code: "time-future",
    detail,
    received: 1,
    payload: "",
    ...(index === undefined ? undefined : { index }),
  });

  test("names each rejected reading of a batch", () => {
    const problem = problemOf([rejection(2, "Too late."), rejection(5, "Too late, too.")]);
    expect(problem).toMatchObject({
      code: "time-future",
      detail: "Reading 2 of the batch: Too late. 1 more of the message was rejected, too.",
      errors: [
        { pointer: "/2", detail: "Too late." },
        { pointer: "/5", detail: "Too late, too." },
      ],
    });
    expect(isProblem(problem)).toBe(true);
  });

  test("stays small however many readings were rejected", () => {
    const problem = problemOf(Array.from({ length: 500 }, (_, index) => rejection(index, "Bad.")));
    expect(problem?.errors).toHaveLength(100);
    expect(isProblem(problem)).toBe(true);
  });

  test("is none when nothing was rejected", () => {
    expect(problemOf([])).toBeUndefined();
  });
});

describe("the settings", () => {
  test("have defaults below the data folder", () => {
    expect(readConfig({ SMP_DATA_DIR: "/data" })).toMatchObject({
      host: "0.0.0.0",
      port: 8883,
      certFile: "/data/pki/services/broker/server.crt",
      keyFile: "/data/pki/services/broker/server.key",
      caFile: "/data/pki/ca.crt",
      registryFile: "/data/pki/index.jsonl",
    });
  });

  test("of limits are all listed in the operator's page, with their defaults", () => {
    const page = readFileSync(new URL("../../docs/operate/limits.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(SMP_MQTT_\w+)` +\|[^|]+\| (\d+) +\|/gm)];
    const listed = Object.fromEntries(rows.map(([, name, value]) => [name, Number(value)]));
    const expected = Object.entries(LIMIT_VARIABLES).map(([limit, variable]) => [
      variable,
      LIMITS[limit as keyof typeof LIMIT_VARIABLES],
    ]);
    expect(listed).toEqual(Object.fromEntries(expected));
  });

  test("of limits reach the broker", () => {
    const changed = Object.values(LIMIT_VARIABLES).map((variable, index) => [variable, String(index + 1)]);
    const { limits } = readConfig(Object.fromEntries(changed));
    expect(Object.values(limits ?? {})).toEqual(changed.map(([, value]) => Number(value)));
    expect(Object.keys(limits ?? {})).toEqual(Object.keys(LIMIT_VARIABLES));
  });

  test("report every fault with the variable's name", () => {
    expect(() => readConfig({ SMP_MQTT_PORT: "x", SMP_MQTT_CONNECTIONS_MAX: "0" })).toThrow(
      /SMP_MQTT_PORT is "x"[\s\S]*SMP_MQTT_CONNECTIONS_MAX is "0"/,
    );
  });
});
