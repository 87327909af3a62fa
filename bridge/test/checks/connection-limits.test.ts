import { pino } from "pino";
import { expect, test } from "vitest";
import { ConnectionLimits, followConnectionLimits } from "../../src/checks/connection-limits.ts";

test("a meter's own limit stands before its device's, and that before the platform's", () => {
  const limits = new ConnectionLimits(50_000);
  limits.replace([
    { id: "m7", value: { connectionLimitW: 17_000 } },
    { id: "m7.cellar", value: { connectionLimitW: 4_000 } },
    { id: "m8", value: { name: "no limit" } },
    { id: "m9", value: { connectionLimitW: "much" } },
    { id: "m10", value: { connectionLimitW: 0 } },
  ]);
  expect(limits.of("m7.cellar", "m7")).toBe(4_000);
  expect(limits.of("m7.roof", "m7")).toBe(17_000);
  expect(["m8", "m9", "m10"].map((meter) => limits.of(meter, meter))).toEqual([50_000, 50_000, 50_000]);
  expect(limits.configured("m8", "m8")).toBeUndefined();
});

test("limits are read from the meters' documents before the first reading", async () => {
  const limits = new ConnectionLimits();
  const documents = async (kind: string) =>
    kind === "meter" ? [{ kind, id: "m7", value: { connectionLimitW: 17_000 }, t: 1 }] : [];
  const following = await followConnectionLimits({ documents }, limits, pino({ level: "silent" }));
  expect(limits.of("m7", "m7")).toBe(17_000);
  await following.close();
});
