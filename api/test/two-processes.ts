import type { Meter } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tokenDocument } from "../src/access/token.ts";
import { createApp } from "../src/app.ts";
import { PriceWriter } from "../src/prices/writer.ts";
import { readQuarterPrices } from "../src/prices/series.ts";
import type { App } from "../src/ports.ts";
import {
  ADMIN,
  ADMIN_TOKEN,
  configOf,
  METER,
  MIDNIGHT,
  NOW,
  readings,
  silent,
  withToken,
} from "./fixture.ts";
import { ask, askJson } from "./openapi.ts";
import { tariff } from "./tariff.ts";

export interface TwoStores {
  a: Store;
  b: Store;
  close(): Promise<void>;
}

/**
 * Two API processes on one store, which get in each other's way; `open` makes two connections to a new, empty one. The
 * essential tests show that turns and merging work over a store; the others, that whoever needs a turn takes one.
 */
export function twoProcesses(open: () => Promise<TwoStores>, extent: "all" | "essential" = "all"): void {
  let stores: TwoStores;
  let store: Store;
  let a: App;
  let b: App;
  let now: number;
  beforeEach(async () => {
    stores = await open();
    store = stores.a;
    now = NOW;
    await store.putDocument(tokenDocument(ADMIN.record));
    await store.append(readings(MIDNIGHT, MIDNIGHT + 60_000));
    await store.settled();
    const config = configOf({ requestsPerMinute: 0 });
    const process = (own: Store): App =>
      withToken(
        createApp(config, { store: own, logger: silent, sharedStore: true, now: () => now }),
        ADMIN_TOKEN,
      );
    [a, b] = [process(stores.a), process(stores.b)];
  });
  afterEach(() => stores.close());

  const send = (app: App, method: string, path: string, body?: unknown): Promise<Response> =>
    ask(app, path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

  test("settings that two processes change at the same moment both hold", async () => {
    const path = `/v1/meters/${METER}`;
    await Promise.all([
      send(a, "PATCH", path, { name: "Haus" }),
      send(b, "PATCH", path, { visibility: "open" }),
      send(a, "PATCH", path, { connection_limit_w: 20_000 }),
      send(b, "POST", `${path}/swaps`, { at: "2026-03-29T00:30:00+01:00" }),
    ]);
    now += 6_000;
    for (const app of [a, b])
      expect(await askJson<Meter>(app, path)).toMatchObject({
        name: "Haus",
        visibility: "open",
        connection_limit_w: 20_000,
        swaps: [{ at: "2026-03-29T00:30:00+01:00" }],
      });
  });

  test.runIf(extent === "all")(
    "of two public groups that would give a household away, one is refused, whoever is asked",
    async () => {
      const meters = Array.from({ length: 12 }, (_, index) => `m-${index}`);
      for (const id of meters)
        await store.putDocument({ kind: "meter", id, value: { visibility: "aggregate" }, t: NOW });
      const group = { name: "g", kind: "community", visibility: "public", licence: null };
      const answers = await Promise.all([
        send(a, "PUT", "/v1/groups/all", { ...group, meters }),
        send(b, "PUT", "/v1/groups/without", { ...group, meters: meters.slice(1) }),
      ]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 422]));
    },
  );

  test.runIf(extent === "all")(
    "of two contracts for the same days one is refused, whoever is asked",
    async () => {
      const put = (app: App, id: string): Promise<Response> =>
        send(app, "PUT", `/v1/tariffs/${id}`, tariff({ id }));
      const answers = await Promise.all([put(a, "one"), put(b, "two")]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 422]));
    },
  );

  test("a revoked token stays revoked, though its meter is deleted at the same moment", async () => {
    const wish = { name: "t", meters: [METER, "other-1"] };
    const made = (await (await send(a, "POST", "/v1/tokens", wish)).json()) as { id: string };
    now += 6_000;
    await askJson(b, "/v1/tokens");
    const answers = await Promise.all([
      send(a, "DELETE", `/v1/meters/${METER}`),
      send(b, "DELETE", `/v1/tokens/${made.id}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 204]);
    await store.settled();
    expect((await store.documents("token")).map(({ id }) => id)).not.toContain(made.id);
  });

  test.runIf(extent === "all")(
    "a process that died in its turn holds the others up for ten seconds at most",
    async () => {
      await store.putDocument({ kind: "turn", id: "access~dead", value: {}, t: NOW });
      await store.settled();
      const changing = send(a, "PATCH", `/v1/meters/${METER}`, { name: "Haus" });
      now += 10_001;
      expect((await changing).status).toBe(200);
      await store.settled();
      expect((await store.documents("turn")).map(({ id }) => id)).toEqual(["access~dead"]);
    },
  );

  test("prices that two processes put into one day at the same moment are all there", async () => {
    const day = Date.UTC(2026, 2, 29);
    const put = (own: Store, quarter: number): Promise<unknown> =>
      new PriceWriter(own, () => now).put("da", {
        currency: "EUR",
        slot: "15m",
        prices: new Map([[day + quarter * 900_000, `0.${quarter + 1}`]]),
      });
    await Promise.all([put(stores.a, 0), put(stores.b, 1), put(stores.a, 2), put(stores.b, 3)]);
    await store.settled();
    const series = { id: "da", currency: "EUR" };
    expect(await readQuarterPrices(store, series, day, day + 3_600_000)).toEqual([
      "0.1",
      "0.2",
      "0.3",
      "0.4",
    ]);
  });
}
