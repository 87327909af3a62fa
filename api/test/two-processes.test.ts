import type { Meter } from "@smp/schemas/api";
import type { RegistryDocument } from "@smp/store";
import { beforeEach, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import type { App } from "../src/services.ts";
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
import { FakeStore } from "./fake-store.ts";
import { ask, askJson } from "./openapi.ts";
import { tariff } from "./tariff.ts";
import { tokenDocument } from "../src/access/token.ts";

/** A store as QuestDB is: what is committed can be seen a moment later, and `settled` waits for that. */
class LaggingStore extends FakeStore {
  #applying: Promise<void> = Promise.resolve();

  override async putDocument(document: RegistryDocument): Promise<void> {
    this.#applying = this.#apply(this.#applying, document);
    // Committed.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #apply(before: Promise<void>, document: RegistryDocument): Promise<void> {
    await before;
    await new Promise((resolve) => setTimeout(resolve, 1));
    await super.putDocument(document);
  }

  override async settled(): Promise<void> {
    await this.#applying;
  }
}

let store: LaggingStore;
let a: App;
let b: App;
let now: number;
beforeEach(async () => {
  store = new LaggingStore();
  now = NOW;
  await store.putDocument(tokenDocument(ADMIN.record));
  await store.append(readings(MIDNIGHT, MIDNIGHT + 60_000));
  await store.settled();
  const config = configOf({ requestsPerMinute: 0 });
  const ports = { store, logger: silent, sharedStore: true, now: () => now };
  [a, b] = [
    withToken(createApp(config, ports), ADMIN_TOKEN),
    withToken(createApp(config, ports), ADMIN_TOKEN),
  ];
});

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

test("of two public groups that would give a household away, one is refused, whoever is asked", async () => {
  const meters = Array.from({ length: 12 }, (_, index) => `m-${index}`);
  for (const id of meters)
    await store.putDocument({ kind: "meter", id, value: { visibility: "aggregate" }, t: NOW });
  const group = { name: "g", kind: "community", visibility: "public", licence: null };
  const answers = await Promise.all([
    send(a, "PUT", "/v1/groups/all", { ...group, meters }),
    send(b, "PUT", "/v1/groups/without", { ...group, meters: meters.slice(1) }),
  ]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 422]));
});

test("of two contracts for the same days one is refused, whoever is asked", async () => {
  const put = (app: App, id: string): Promise<Response> =>
    send(app, "PUT", `/v1/tariffs/${id}`, tariff({ id }));
  const answers = await Promise.all([put(a, "one"), put(b, "two")]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 422]));
});

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

test("a process that died in its turn holds the others up for ten seconds at most", async () => {
  await store.putDocument({ kind: "turn", id: "access~dead", value: {}, t: NOW });
  await store.settled();
  const changing = send(a, "PATCH", `/v1/meters/${METER}`, { name: "Haus" });
  now += 10_001;
  expect((await changing).status).toBe(200);
  await store.settled();
  expect((await store.documents("turn")).map(({ id }) => id)).toEqual(["access~dead"]);
});
