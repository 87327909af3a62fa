import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "@smp/schemas";
import type { CreatedToken, EventList, Meter, MeterList, Session, TokenList } from "@smp/schemas/api";
import { describe, expect, test, vi } from "vitest";
import { Access } from "../../src/access/access.ts";
import { tokenCaller } from "../../src/access/caller.ts";
import type { ApiPorts } from "../../src/ports.ts";
import { ensureAdminToken, pastIsWhole, registerSimulated } from "../../src/access/first-start.ts";
import { TokenUse } from "../../src/access/token-use.ts";
import { makeToken, tokenDocument } from "../../src/access/token.ts";
import { Turns } from "../../src/turns.ts";
import { FakeStore } from "../fake-store.ts";
import {
  ADMIN,
  ADMIN_TOKEN,
  anonymousFixture,
  METER,
  MIDNIGHT,
  NOW,
  reading,
  readings,
  silent,
  type Fixture,
} from "../fixture.ts";
import { ask, askJson } from "../openapi.ts";
import { tariff } from "../tariff.ts";

const OTHER = "other-1";
const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
const admin = bearer(ADMIN_TOKEN);
const send = (method: string, body?: unknown, headers: Record<string, string> = admin): RequestInit => ({
  method,
  headers: { "content-type": "application/json", ...headers },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

/** Two private meters. */
async function platform(): Promise<Fixture> {
  const made = anonymousFixture({ requestsPerMinute: 0 });
  await made.store.append([...readings(MIDNIGHT, NOW), ...readings(MIDNIGHT, NOW, { meter: OTHER })]);
  return made;
}
const tokenOf = async ({ app }: Fixture, wish: object): Promise<CreatedToken> =>
  await askJson<CreatedToken>(app, "/v1/tokens", send("POST", { name: "t", ...wish }));
const statusOf = async ({ app }: Fixture, address: string, token?: string): Promise<number> => {
  const response = await ask(app, address, token === undefined ? {} : { headers: bearer(token) });
  await response.body?.cancel();
  return response.status;
};

describe("tokens", () => {
  test("are shown once, kept as a hash, listed without their secret, and revoked at once", async () => {
    const made = await platform();
    const { app, store } = made;
    const created = await tokenOf(made, { name: "phone", meters: [METER], expires_in_days: 10 });
    expect(created.token).toMatch(/^smp_[A-Za-z0-9_-]{43}$/);
    expect(created).toMatchObject({ scopes: ["read"], finest: "raw", meters: [METER], device: null });
    expect(Date.parse(created.expires) - Date.parse(created.created)).toBe(10 * 86_400_000);
    expect(JSON.stringify(await store.documents("token"))).not.toContain(created.token);
    const { tokens } = await askJson<TokenList>(app, "/v1/tokens", { headers: admin });
    expect(tokens.map(({ name }) => name).sort()).toEqual(["phone", "tests"]);
    expect(JSON.stringify(tokens)).not.toMatch(/smp_|hash/);
    expect(await statusOf(made, `/v1/meters/${METER}`, created.token)).toBe(200);
    expect((await ask(app, `/v1/tokens/${created.id}`, send("DELETE"))).status).toBe(204);
    expect(await statusOf(made, `/v1/meters/${METER}`, created.token)).toBe(401);
    expect((await ask(app, `/v1/tokens/${created.id}`, send("DELETE"))).status).toBe(404);
  });

  test("tell the day of their last use, which is written once an hour and never waited for", async () => {
    const made = await platform();
    const { app, store, clock } = made;
    const created = await tokenOf(made, { name: "phone" });
    let writes = 0;
    let release = (): void => undefined;
    let written = Promise.resolve();
    const putDocument = store.putDocument.bind(store);
    store.putDocument = async (document) => {
      const { kind, id, value } = document;
      if (kind !== "token-use" || id !== created.id || value === null) return putDocument(document);
      writes++;
      // A request that waited for it would never end.
      return (written = new Promise<void>((resolve) => (release = resolve)).then(() =>
        putDocument(document),
      ));
    };
    const use = async (): Promise<void> =>
      expect(await statusOf(made, `/v1/meters/${METER}`, created.token)).toBe(200);
    const lastUsed = async (): Promise<string | undefined> => {
      const { tokens } = await askJson<TokenList>(app, "/v1/tokens", { headers: admin });
      return tokens.find(({ id }) => id === created.id)!.last_used;
    };
    await use();
    expect(await lastUsed()).toBeUndefined();
    release();
    await written;
    expect(await lastUsed()).toBe("2026-03-29");
    clock.now += 3_599_999;
    await use();
    expect(writes).toBe(1);
    clock.now += 20 * 3_600_000;
    await use();
    expect(writes).toBe(2);
    release();
    await written;
    expect(await lastUsed()).toBe("2026-03-30");
    await ask(app, `/v1/tokens/${created.id}`, send("DELETE"));
    expect((await store.documents("token-use")).map(({ id }) => id)).not.toContain(created.id);
  });

  test("have their use written after all when a first write failed, and not again by a process that starts within the hour", async () => {
    const store = new FakeStore();
    let now = NOW;
    const start = (): TokenUse => new TokenUse({ store, now: () => now, logger: silent });
    const written = async (): Promise<unknown[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      return (await store.documents("token-use")).map(({ value }) => value);
    };
    const uses = start();
    const putDocument = store.putDocument.bind(store);
    store.putDocument = async () => Promise.reject(new Error("away"));
    uses.note("a");
    expect(await written()).toEqual([]);
    store.putDocument = putDocument;
    uses.note("a");
    expect(await written()).toEqual([{ at: NOW }]);
    now += 60_000;
    start().note("a");
    expect(await written()).toEqual([{ at: NOW }]);
  });

  test("may be given up by whoever has the secret, and by no other token", async () => {
    const made = await platform();
    const [a, b] = [await tokenOf(made, {}), await tokenOf(made, {})];
    const revoke = async (id: string, token: string): Promise<number> =>
      (await ask(made.app, `/v1/tokens/${id}`, send("DELETE", undefined, bearer(token)))).status;
    expect(await revoke(a.id, b.token)).toBe(403);
    expect(await revoke("000000000000", b.token)).toBe(403);
    expect(await revoke(a.id, a.token)).toBe(204);
  });

  test("are made by an administrator only, and what one asks for must make sense", async () => {
    const made = await platform();
    const { token } = await tokenOf(made, { scopes: ["read", "write"] });
    for (const [init, status] of [
      [send("POST", { name: "x" }, {}), 401],
      [send("POST", { name: "x" }, bearer(token)), 403],
      [send("POST", { name: "" }), 400],
      [send("POST", { name: "x", scopes: ["root"] }), 400],
      [send("POST", { name: "x", meters: ["'; --"] }), 400],
      [send("POST", { name: "x", expires_in_days: 400 }), 400],
      [send("POST", { name: "x", more: 1 }), 400],
      [send("POST", { name: "x", scopes: ["ingest"] }), 422],
      [send("POST", { name: "x", scopes: ["ingest", "admin"], device: "kitchen" }), 422],
      [send("POST", { name: "x", device: "kitchen" }), 422],
      [{ method: "POST", headers: admin, body: "{" }, 400],
    ] as const)
      expect((await ask(made.app, "/v1/tokens", init)).status, JSON.stringify(init)).toBe(status);
    const problem = await askJson<Problem>(made.app, "/v1/tokens", send("POST", { name: 5 }));
    expect(problem).toMatchObject({ type: "/problems/invalid-body", errors: [{ pointer: "/name" }] });
  });

  test("are a thousand at most, of those that count", async () => {
    const { app, store } = await platform();
    const wish = { name: "t", expires_in_days: 1 };
    // One more is the tests' own.
    for (let count = 0; count < 998; count++)
      await store.putDocument(tokenDocument(makeToken(wish, NOW).record));
    await store.putDocument(tokenDocument(makeToken(wish, NOW - 86_400_000).record));
    const make = async (): Promise<number> =>
      (await ask(app, "/v1/tokens", send("POST", { name: "t" }))).status;
    expect([await make(), await make()]).toEqual([201, 422]);
  });

  test("say through the session what they may do", async () => {
    const made = await platform();
    expect(await askJson<Session>(made.app, "/v1/session")).toEqual({
      anonymous: true,
      name: "anonymous",
      scopes: [],
      meters: [],
      finest: "raw",
      device: null,
      expires: null,
    });
    const { token } = await tokenOf(made, { name: "esp", scopes: ["ingest"], device: "kitchen" });
    expect(await askJson<Session>(made.app, "/v1/session", { headers: bearer(token) })).toMatchObject({
      anonymous: false,
      name: "esp",
      scopes: ["ingest"],
      device: "kitchen",
    });
    // Handing in is all that it may do.
    expect(await statusOf(made, `/v1/meters/${METER}`, token)).toBe(404);
    expect((await askJson<MeterList>(made.app, "/v1/meters", { headers: bearer(token) })).meters).toEqual([]);
  });

  test("reach the meters that they name, as finely as they say", async () => {
    const made = await platform();
    const { token } = await tokenOf(made, { meters: [METER], finest: "1h" });
    const { meters } = await askJson<MeterList>(made.app, "/v1/meters", { headers: bearer(token) });
    expect(meters.map(({ id }) => id)).toEqual([METER]);
    const of = (below: string, meter = METER): Promise<number> =>
      statusOf(made, `/v1/meters/${meter}${below}`, token);
    expect(await of("/energy?resolution=1h")).toBe(200);
    expect(await of("/energy?resolution=month")).toBe(200);
    for (const below of [
      "/energy?resolution=15m",
      "/power?resolution=15m",
      "/latest",
      "/live",
      "/readings",
      "/gaps",
    ])
      expect(await of(below), below).toBe(403);
    // Two zones' buckets that overlap would give finer ones by subtraction.
    expect(await of("/energy?resolution=day&tz=Asia/Kathmandu")).toBe(403);
    expect(await of("/energy?resolution=day&tz=Europe/Vienna")).toBe(200);
    for (const below of ["", "/energy?resolution=year", "/latest"]) expect(await of(below, OTHER)).toBe(404);
  });

  test("of an administrator read all, however coarse they are, and hand in nothing; of a reader write nothing", () => {
    const of = (scope: "admin" | "read"): unknown[] => {
      const rights = { ...ADMIN.record, scopes: [scope], finest: "day", meters: [METER] } as const;
      const caller = tokenCaller(rights, () => "private");
      return [caller.canRead(METER, "raw"), caller.canWrite(METER), caller.may("ingest"), caller.meters];
    };
    expect([of("admin"), of("read")]).toEqual([
      [true, true, false, null],
      [false, false, false, [METER]],
    ]);
    // No meters are none, not all.
    const ofNone = tokenCaller({ ...ADMIN.record, scopes: ["read"], meters: [] }, () => "private");
    expect([ofNone.canSee(METER), ofNone.canRead(METER, "year")]).toEqual([false, false]);
  });

  test("that only write change settings and contracts, and read no values", async () => {
    const made = await platform();
    const { token } = await tokenOf(made, { meters: [METER], scopes: ["write"] });
    for (const below of [
      "/latest",
      "/live",
      "/readings",
      "/gaps",
      "/energy?resolution=year",
      "/power",
      "/cost",
    ])
      expect(await statusOf(made, `/v1/meters/${METER}${below}`, token), below).toBe(403);
    expect(await statusOf(made, `/x/eda-csv/${METER}`, token)).toBe(404);
    const change = send("PATCH", { name: "Haus", time_zone: "Asia/Kathmandu" }, bearer(token));
    expect((await ask(made.app, `/v1/meters/${METER}`, change)).status).toBe(200);
    const contract = send("PUT", tariff(), bearer(token));
    expect((await ask(made.app, "/v1/tariffs/haus", contract)).status).toBe(201);
  });

  test("of another process count at once, and within a second while another unknown one is tried", async () => {
    const made = await platform();
    expect(await statusOf(made, "/v1/session")).toBe(200);
    const [first, second] = [makeToken({ name: "first" }, NOW), makeToken({ name: "second" }, NOW)];
    await made.store.putDocument(tokenDocument(first.record));
    expect(await statusOf(made, "/v1/session", first.secret)).toBe(200);
    await made.store.putDocument(tokenDocument(second.record));
    const looks = vi.spyOn(made.store, "documents");
    for (let request = 0; request < 10; request++)
      expect(await statusOf(made, "/v1/session", second.secret)).toBe(401);
    expect(looks).not.toHaveBeenCalled();
    made.clock.now += 1_000;
    expect(await statusOf(made, "/v1/session", second.secret)).toBe(200);
  });

  test("of another process count within a second, and stop counting within five", async () => {
    const made = await platform();
    const { app, store, clock } = made;
    await statusOf(made, "/v1/session");
    const [document] = await store.documents("token");
    const value = document!.value as { hash: string };
    await store.putDocument({ ...document!, value: null });
    clock.now += 5_000;
    expect(await statusOf(made, "/v1/meters", ADMIN_TOKEN)).toBe(401);
    await store.putDocument({ ...document!, value, t: clock.now });
    clock.now += 1_000;
    expect((await ask(app, "/v1/meters", { headers: admin })).status).toBe(200);
  });

  test("stop counting where another process revoked them and this one's clock was set back an hour since", async () => {
    const made = await platform();
    const { store, clock } = made;
    expect(await statusOf(made, "/v1/session")).toBe(200);
    const [document] = await store.documents("token");
    await store.putDocument({ ...document!, value: null });
    clock.now -= 3_600_000;
    expect(await statusOf(made, "/v1/meters", ADMIN_TOKEN)).toBe(401);
  });

  test("stay revoked when a look at the store that began before ends after", async () => {
    const made = await platform();
    const { app, store, clock } = made;
    const { id, token } = await tokenOf(made, { name: "phone" });
    const documents = store.documents.bind(store);
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    store.documents = async (kind) => {
      const found = await documents(kind);
      await slow;
      return found;
    };
    clock.now += 2_000;
    expect(await statusOf(made, "/v1/session", token)).toBe(200);
    store.documents = documents;
    expect((await ask(app, `/v1/tokens/${id}`, send("DELETE"))).status).toBe(204);
    expect(await statusOf(made, "/v1/session", token)).toBe(401);
    release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await statusOf(made, "/v1/session", token)).toBe(401);
  });
});

describe("a meter's settings", () => {
  test("change by what is said, and go back to the default by null", async () => {
    const { app } = await platform();
    const change = (body: object): Promise<Meter> =>
      askJson<Meter>(app, `/v1/meters/${METER}`, send("PATCH", body));
    expect(await askJson<Meter>(app, `/v1/meters/${METER}`, { headers: admin })).toMatchObject({
      name: METER,
      time_zone: "Europe/Vienna",
      visibility: "private",
      connection_limit_w: null,
      swaps: [],
      certificate_expires: null,
      simulated: false,
    });
    await change({ name: "Haus", connection_limit_w: 11_000 });
    expect(await change({ time_zone: "Asia/Kathmandu" })).toMatchObject({
      name: "Haus",
      connection_limit_w: 11_000,
      time_zone: "Asia/Kathmandu",
      first: "2026-03-29T04:45:00+05:45",
    });
    expect(await change({ name: null, connection_limit_w: null })).toMatchObject({
      name: METER,
      connection_limit_w: null,
    });
    const energy = await askJson<{ tz: string; from: string }>(
      app,
      `/v1/meters/${METER}/energy?from=2026-03-29&resolution=day`,
      { headers: admin },
    );
    expect(energy).toMatchObject({ tz: "Asia/Kathmandu", from: "2026-03-29T00:00:00+05:45" });
  });

  test("are changed by who may, and only to what can be", async () => {
    const made = await platform();
    const reader = (await tokenOf(made, { meters: [METER] })).token;
    const clerk = (await tokenOf(made, { scopes: ["read", "write"] })).token;
    const owner = (await tokenOf(made, { scopes: ["read", "write"], meters: [METER] })).token;
    const change = async (body: unknown, token: string, meter = METER): Promise<number> =>
      (await ask(made.app, `/v1/meters/${meter}`, send("PATCH", body, bearer(token)))).status;
    expect(await change({ name: "x" }, reader)).toBe(403);
    expect(await change({ name: "x" }, owner)).toBe(200);
    expect(await change({ name: "x" }, owner, OTHER)).toBe(404);
    expect(await change({ visibility: "open" }, clerk)).toBe(403);
    expect(await change({ visibility: "open" }, owner)).toBe(200);
    expect((await ask(made.app, `/v1/meters/${METER}`, send("PATCH", { name: "x" }, {}))).status).toBe(401);
    for (const body of [
      {},
      { name: "" },
      { time_zone: "Mars/Base" },
      { visibility: "all" },
      { more: 1 },
      [],
      null,
    ])
      expect(await change(body, owner), JSON.stringify(body)).toBe(400);
  });

  test("tell of swaps, in order, each once, and take them back", async () => {
    const { app, store } = await platform();
    const swap = (at: string): Promise<Response> =>
      ask(app, `/v1/meters/${METER}/swaps`, send("POST", { at }));
    expect((await swap("2026-03-29T03:30:00+02:00")).status).toBe(201);
    await swap("2026-03-29T00:30:00Z");
    const meter = (await (await swap("2026-03-29T00:30:00Z")).json()) as Meter;
    expect(meter.swaps).toEqual([{ at: "2026-03-29T01:30:00+01:00" }, { at: "2026-03-29T03:30:00+02:00" }]);
    const [document] = await store.documents("meter");
    expect(document!.value).toMatchObject({
      swaps: [{ at: MIDNIGHT + 5_400_000 }, { at: MIDNIGHT + 9_000_000 }],
    });
    expect((await swap("gestern")).status).toBe(400);
    expect((await swap(new Date(NOW + 601_000).toISOString())).status).toBe(422);
    const remove = async (at: string): Promise<number> =>
      (await ask(app, `/v1/meters/${METER}/swaps/${encodeURIComponent(at)}`, send("DELETE"))).status;
    expect(await remove("2026-03-29T01:30:00+01:00")).toBe(204);
    expect(await remove("2026-03-29T01:30:00+01:00")).toBe(404);
    expect(await remove("x")).toBe(400);
  });

  test("two changes at the same time both hold", async () => {
    const { app } = await platform();
    await Promise.all([
      ask(app, `/v1/meters/${METER}`, send("PATCH", { name: "Haus" })),
      ask(app, `/v1/meters/${METER}`, send("PATCH", { visibility: "open" })),
    ]);
    expect(await askJson<Meter>(app, `/v1/meters/${METER}`)).toMatchObject({
      name: "Haus",
      visibility: "open",
    });
  });
});

describe("a meter's deletion", () => {
  test("takes what arrived before the clock was set back, too, and tells followers of the log so", async () => {
    const forgetLive = vi.fn<NonNullable<ApiPorts["forgetLive"]>>(() => Promise.resolve("told"));
    const { app, store } = anonymousFixture({}, {}, { forgetLive });
    // The newest one is not the last to arrive; one came while the clock was years ahead.
    for (const [t, received] of [
      [NOW - 60_000, NOW + 200_000],
      [NOW - 120_000, NOW + 300_000],
      [NOW - 180_000, NOW + 10 ** 11],
    ] as const)
      await store.append([{ ...reading(t, { "1-0:1.8.0": 1 }), received }]);
    expect((await ask(app, `/v1/meters/${METER}`, send("DELETE"))).status).toBe(202);
    expect(await store.meters()).toEqual([]);
    expect(forgetLive).toHaveBeenCalledWith(METER, NOW + 300_000);
  });

  test("takes what came after a deletion by a clock that was ahead, and does not let it come back", async () => {
    const { app, store } = anonymousFixture();
    const ahead = NOW + 86_400_000;
    await store.deleteMeter(OTHER, { before: 1 });
    await store.deleteMeter(METER, { before: ahead });
    // As the ingest puts it, see Arrivals.
    const after = { ...reading(NOW - 60_000, { "1-0:1.8.0": 1 }), received: ahead };
    await store.append([after]);
    expect((await ask(app, `/v1/meters/${METER}`, send("DELETE"))).status).toBe(202);
    await store.append([after]);
    expect(await store.meters()).toEqual([]);
    await store.append([{ ...after, received: ahead + 1 }]);
    expect(await store.meters()).toHaveLength(1);
  });

  test("takes readings, settings, memberships and rights, and says how long copies remain", async () => {
    const made = anonymousFixture({ requestsPerMinute: 0 }, { logRetentionDays: 7 });
    const { app, store } = made;
    await store.append([...readings(MIDNIGHT, NOW), ...readings(MIDNIGHT, NOW, { meter: OTHER })]);
    const both = (await tokenOf(made, { meters: [METER, OTHER] })).token;
    const only = (await tokenOf(made, { meters: [METER] })).token;
    await ask(app, `/v1/meters/${METER}`, send("PATCH", { name: "Haus" }));
    const body = { name: "g", kind: "other", visibility: "private", meters: [METER, OTHER], licence: null };
    await ask(app, "/v1/groups/g", send("PUT", body));
    const remove = (init: RequestInit): Promise<Response> => ask(app, `/v1/meters/${METER}`, init);
    expect((await remove(send("DELETE", undefined, {}))).status).toBe(401);
    expect((await remove(send("DELETE", undefined, bearer(both)))).status).toBe(403);
    const done = await remove(send("DELETE"));
    expect(done.status).toBe(202);
    expect(await done.json()).toEqual({
      id: METER,
      deleted_at: "2026-03-29T12:00:07.400+02:00",
      store: "done",
      live: "kept",
      log_until: "2026-04-05T12:00:07.400+02:00",
      backups_until: null,
    });
    expect((await remove(send("DELETE"))).status).toBe(404);
    expect(await statusOf(made, `/v1/meters/${METER}/latest`, ADMIN_TOKEN)).toBe(404);
    expect(await statusOf(made, `/v1/meters/${METER}/latest`, both)).toBe(404);
    expect(await statusOf(made, `/v1/meters/${OTHER}/latest`, both)).toBe(200);
    expect(await statusOf(made, "/v1/session", only)).toBe(401);
    expect(await askJson(app, "/v1/groups/g", { headers: admin })).toMatchObject({ meters: [OTHER] });
    // A replay of the log brings nothing back; what comes from now on is a new meter.
    await store.append(readings(MIDNIGHT, NOW));
    expect(await statusOf(made, `/v1/meters/${METER}`, ADMIN_TOKEN)).toBe(404);
    await store.append([{ ...readings(NOW, NOW + 1)[0]!, received: NOW + 1_000 }]);
    expect(await askJson<Meter>(app, `/v1/meters/${METER}`, { headers: admin })).toMatchObject({
      name: METER,
    });
  });

  test("takes what processors noticed of it, and its place in contracts", async () => {
    const made = await platform();
    const { app, store } = made;
    const event = (meter: string): object => ({
      extension: "e",
      id: meter,
      type: "peak",
      meter,
      t: NOW,
      title: "9 kW",
    });
    for (const meter of [METER, OTHER])
      await store.putDocument({ kind: "event", id: `e/${meter}`, value: event(meter), t: NOW });
    const put = (id: string, meters: string[]): Promise<Response> =>
      ask(app, `/v1/tariffs/${id}`, send("PUT", tariff({ id, meters })));
    expect((await put("both", [METER, OTHER])).status).toBe(201);
    expect((await ask(app, `/v1/meters/${METER}`, send("DELETE"))).status).toBe(202);
    const { events } = await askJson<EventList>(app, "/v1/events", { headers: admin });
    expect(events.map(({ meter }) => meter)).toEqual([OTHER]);
    expect(await askJson(app, "/v1/tariffs/both", { headers: admin })).toMatchObject({ meters: [OTHER] });
    expect((await ask(app, `/v1/meters/${OTHER}`, send("DELETE"))).status).toBe(202);
    expect([await store.documents("tariff"), await store.documents("event")]).toEqual([[], []]);
  });
});

describe("the first start", () => {
  test("makes one admin token in a private file, and no second one", async () => {
    const dir = await mkdtemp(join(tmpdir(), "smp-first-"));
    const file = join(dir, "data", "admin.token");
    // Somebody else's restored backup: everybody may read it.
    await mkdir(join(dir, "data"));
    await writeFile(file, "", { mode: 0o644 });
    const store = new FakeStore();
    const away = vi.spyOn(store, "putDocument").mockRejectedValueOnce(new Error("away"));
    await expect(ensureAdminToken(store, file, NOW)).rejects.toThrow("away");
    // A token that the store knows and nobody has the secret of would keep everybody out.
    expect(await readFile(file, "utf8")).toMatch(/^smp_/);
    away.mockRestore();
    const secret = await ensureAdminToken(store, file, NOW);
    expect(await readFile(file, "utf8")).toBe(`${secret}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await ensureAdminToken(store, file, NOW)).toBe(secret);
    expect(await ensureAdminToken(store, file, NOW + 366 * 86_400_000)).toBeUndefined();
    expect(await store.documents("token")).toHaveLength(1);
    // Revoked and replaced by another: the file's is not told as if it were good.
    const [document] = await store.documents("token");
    await store.putDocument({
      ...document!,
      id: "0123456789ab",
      value: { ...(document!.value as object), hash: "x" },
    });
    await store.putDocument({ ...document!, value: null });
    expect(await ensureAdminToken(store, file, NOW)).toBeUndefined();
    await rm(dir, { recursive: true });
  });

  test("makes the simulated meter public, and leaves later decisions alone", async () => {
    const made = anonymousFixture();
    const once = { now: NOW, again: false };
    for (const killedBefore of [false, true])
      expect(await registerSimulated(made.store, "simulated-kaifa", once), `${killedBefore}`).toBe("nothing");
    await pastIsWhole(made.store, "simulated-kaifa", NOW);
    await made.store.append(readings(MIDNIGHT, NOW, { meter: "simulated-kaifa.1KFM" }));
    const address = "/v1/meters/simulated-kaifa.1KFM";
    expect(await askJson<Meter>(made.app, address)).toMatchObject({ simulated: true, visibility: "open" });
    await ask(made.app, address, send("PATCH", { visibility: "private" }));
    expect(await registerSimulated(made.store, "simulated-kaifa", once)).toBe("known");
    expect(await statusOf(made, address)).toBe(404);
  });

  test("lets a deleted simulated meter stay away until it is wanted again", async () => {
    const made = await platform();
    const register = (again: boolean) =>
      registerSimulated(made.store, "simulated-kaifa", { now: NOW, again });
    await register(false);
    await pastIsWhole(made.store, "simulated-kaifa", NOW);
    await made.store.append(readings(MIDNIGHT, NOW, { meter: "simulated-kaifa.1KFM" }));
    const gone = await ask(made.app, "/v1/meters/simulated-kaifa.1KFM", send("DELETE"));
    expect(gone.status).toBe(202);
    expect(await register(false)).toBe("deleted");
    expect(await register(true)).toBe("nothing");
    await pastIsWhole(made.store, "simulated-kaifa", NOW);
    expect(await register(false)).toBe("known");
  });
});

test("who listens is told of a change that another process made, and of each of its own within one millisecond", async () => {
  const store = new FakeStore();
  let now = NOW;
  const clock = (): number => now;
  const turns = new Turns({ store, now: clock, shared: false });
  const access = new Access({ store, timeZone: "UTC", now: clock, logger: silent, turns });
  const told = vi.fn<() => void>();
  access.onChange(told);
  for (const visibility of ["open", "private"]) {
    await access.put("meter", METER, { visibility });
    expect(told).toHaveBeenCalled();
    told.mockClear();
  }
  const document = { kind: "meter", id: METER, value: { visibility: "open" }, t: now + 1 };
  await store.putDocument(document);
  now += 60_000;
  await access.settings();
  expect(told).toHaveBeenCalledOnce();
});

test("a store that is away is said once, not with every request, and again when it was back meanwhile", async () => {
  const store = new FakeStore();
  let now = NOW;
  const warn = vi.fn<() => void>();
  const logger = { ...silent, warn } as unknown as typeof silent;
  const clock = (): number => now;
  const turns = new Turns({ store, now: clock, shared: false });
  const access = new Access({ store, timeZone: "UTC", now: clock, logger, turns });
  await access.settings();
  for (const said of [1, 2]) {
    const away = vi.spyOn(store, "documents").mockRejectedValue(new Error("away"));
    for (let request = 0; request < 5; request++) {
      now += 60_000;
      await Promise.all([access.settings(), access.groups()]);
    }
    expect(warn).toHaveBeenCalledTimes(said);
    away.mockRestore();
    now += 60_000;
    await access.settings();
  }
});
