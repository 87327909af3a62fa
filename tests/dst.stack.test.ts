import { openStore, readConfig, type Store } from "@smp/store";
import { afterAll, beforeAll, test } from "vitest";
import { CLOCK_CHANGES, expectClockChange } from "./support/dst.ts";

let store: Store;
beforeAll(async () => {
  store = await openStore(readConfig({ ...process.env, SMP_STORE: "questdb" }));
}, 60_000);
afterAll(async () => store.close());

test.each(CLOCK_CHANGES)(
  "$date in Vienna through HTTP over QuestDB: $quarters quarter hours, $hours hours, sums to the Wh",
  async (day) => {
    await expectClockChange(store, day);
  },
  60_000,
);
