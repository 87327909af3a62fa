import { stores, type Store } from "@smp/store";
import { afterAll, beforeAll } from "vitest";
import { clockChangeTests } from "../support/clock-change.ts";

const [url, pgUrl] = [process.env["QUESTDB_URL"] ?? "", process.env["QUESTDB_PG_URL"] ?? ""];
const prefix = `clock_${Date.now().toString(36)}_`;

// The server's data are removed by who started it.
let store: Store;
beforeAll(async () => {
  store = (await stores.questdb()).questdbStore({ url, pgUrl, prefix });
});
afterAll(() => store.close());

clockChangeTests("QuestDB", () => store);
