import { expect, test } from "vitest";
import { Turns } from "../src/turns.ts";
import { FakeStore } from "./fake-store.ts";

test.each([
  ["an hour ahead", 3_600_000],
  ["right", -11_000],
])("a process that died in its turn blocks nobody, though its clock was %s", async (_, aheadMs) => {
  let time = 1_780_000_000_000;
  const store = new FakeStore();
  await store.putDocument({ kind: "turn", id: "access~dead", value: {}, t: time + aheadMs });
  // Each look at the clock a second later: who is blocked gives up soon.
  const turns = new Turns({ store, now: () => (time += 1_000), shared: true });
  expect(await turns.run("access", () => Promise.resolve("done"))).toBe("done");
});
