import { LiveHub } from "../../src/live/hub.ts";
import { describe, expect, test } from "vitest";
import type { Latest } from "@smp/schemas/api";
import { Seats } from "../../src/limits/seats.ts";
import type { AppContext } from "../../src/ports.ts";
import { ask, faultsOf, component } from "../openapi.ts";
import { configOf, fixture, METER, NOW, reading, silent } from "../fixture.ts";
import { EventReader, type ParsedEvent } from "../sse.ts";

const at = (secondsAgo: number, watts: number, meter = METER) =>
  reading(NOW - secondsAgo * 1_000, { "1-0:16.7.0": watts }, meter);
const live = `/v1/meters/${METER}/live`;

/** Reads one event and checks it against the contract. */
async function next(reader: EventReader, kind?: string): Promise<ParsedEvent> {
  const event = await reader.next(kind);
  expect(faultsOf(component("LiveEvent"), event)).toEqual([]);
  return event!;
}
const powerOf = (event: ParsedEvent): number | null => (event.data as Latest).power_w;

test("the newest reading comes at once, then each newer one, with its time as id", async () => {
  const { app, store } = fixture();
  await store.append([at(10, 400), at(5, 410)]);
  const response = await ask(app, live);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("cache-control")).toBe("no-cache");
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  expect(response.headers.get("content-encoding")).toBeNull();
  const reader = new EventReader(response);
  expect((await next(reader)).event).toBe("heartbeat");
  const first = await next(reader, "reading");
  expect(first).toMatchObject({
    id: String(NOW - 5_000),
    data: { meter: METER, power_w: 410, tz: "Europe/Vienna" },
  });
  await store.append([at(4, 420)]);
  expect(powerOf(await next(reader, "reading"))).toBe(420);
  // What is late is history and not news.
  await store.append([at(60, 1), at(3, 430)]);
  expect(powerOf(await next(reader, "reading"))).toBe(430);
  await reader.close();
});

test("a heartbeat says that the stream lives while the meter is silent", async () => {
  const { app, store } = fixture({ heartbeatMs: 10 });
  await store.append([at(5, 410)]);
  const reader = new EventReader(await ask(app, live));
  await next(reader, "reading");
  for (let count = 0; count < 3; count++) expect((await next(reader)).event).toBe("heartbeat");
  await reader.close();
});

test("one stream carries several meters", async () => {
  const { app, store } = fixture();
  await store.append([at(5, 1), at(5, 2, "b"), at(5, 3, "c")]);
  const reader = new EventReader(await ask(app, `/v1/live?meters=${METER},c`));
  const meters = [await next(reader, "reading"), await next(reader, "reading")].map(
    ({ data }) => (data as Latest).meter,
  );
  expect(meters.sort()).toEqual(["c", METER]);
  await store.append([at(4, 9, "b"), at(3, 10, "c")]);
  expect((await next(reader, "reading")).data).toMatchObject({ meter: "c", power_w: 10 });
  await reader.close();
});

describe("after a broken connection", () => {
  test("what was missed comes first, in order and once", async () => {
    const { app, store } = fixture();
    await store.append([at(30, 1), at(20, 2), at(10, 3), at(5, 4)]);
    const reader = new EventReader(
      await ask(app, live, { headers: { "last-event-id": String(NOW - 30_000) } }),
    );
    const powers = [
      await next(reader, "reading"),
      await next(reader, "reading"),
      await next(reader, "reading"),
    ].map(powerOf);
    expect(powers).toEqual([2, 3, 4]);
    await store.append([at(1, 5)]);
    expect(powerOf(await next(reader, "reading"))).toBe(5);
    await reader.close();
  });

  test("nothing old comes again", async () => {
    const { app, store } = fixture();
    await store.append([at(5, 4)]);
    const reader = new EventReader(
      await ask(app, live, { headers: { "last-event-id": String(NOW - 5_000) } }),
    );
    await store.append([at(1, 5)]);
    expect(powerOf(await next(reader, "reading"))).toBe(5);
    await reader.close();
  });

  test("more than ten minutes are not caught up", async () => {
    const { app, store } = fixture();
    await store.append([at(3_600, 1), at(601, 2), at(599, 3)]);
    const reader = new EventReader(
      await ask(app, live, { headers: { "last-event-id": String(NOW - 7_200_000) } }),
    );
    expect(powerOf(await next(reader, "reading"))).toBe(3);
    await reader.close();
  });

  test.each(["x", "-5", "1e99", "9".repeat(20), "9".repeat(15)])("the id %s is ignored", async (id) => {
    const { app, store } = fixture();
    await store.append([at(5, 4)]);
    const reader = new EventReader(await ask(app, live, { headers: { "last-event-id": id } }));
    expect(powerOf(await next(reader, "reading"))).toBe(4);
    await reader.close();
  });
});

describe("limits", () => {
  test("an address may open four streams, and gets a place back when it closes one", async () => {
    const { app, store } = fixture({ listenersPerAddressMax: 4 });
    await store.append([at(5, 4)]);
    const open = await Promise.all(Array.from({ length: 4 }, () => ask(app, live)));
    const fifth = await ask(app, live);
    expect(fifth.status).toBe(429);
    expect(fifth.headers.get("retry-after")).toBe("30");
    await open[0]!.body!.cancel();
    const again = await ask(app, live);
    expect(again.status).toBe(200);
    await Promise.all([...open.slice(1), again].map((response) => response.body!.cancel()));
  });

  test("in all there are as many as the platform allows", async () => {
    const { app, store } = fixture({ listenersMax: 1 });
    await store.append([at(5, 4)]);
    const first = await ask(app, live);
    expect((await ask(app, live)).status).toBe(503);
    await first.body!.cancel();
  });

  test("are each token's own, and a place that is given back twice is free once", () => {
    const seats = new Seats({ config: configOf() }, { total: 3, perClient: 2, what: "live streams" });
    const take = (id: string): (() => void) => seats.take({ get: () => ({ id }) } as unknown as AppContext);
    const [leave] = [take("a"), take("a"), take("b")];
    expect(() => take("a")).toThrow(/all it may have/);
    expect(() => take("b")).toThrow(/are taken/);
    for (let time = 0; time < 2; time++) leave();
    take("b");
    expect(() => take("a")).toThrow(/are taken/);
  });

  test("HEAD and refused requests take no place", async () => {
    const { app, store } = fixture({ listenersPerAddressMax: 1 });
    await store.append([at(5, 4)]);
    for (let count = 0; count < 3; count++) {
      expect((await app.request(live, { method: "HEAD" })).headers.get("content-type")).toBe(
        "text/event-stream",
      );
      expect((await ask(app, "/v1/meters/none/live")).status).toBe(404);
    }
    store.before = async () => Promise.reject(new Error("away"));
    expect((await ask(app, live, { headers: { "last-event-id": "1" } })).status).toBe(500);
    store.before = async () => {};
    const response = await ask(app, live);
    expect(response.status).toBe(200);
    await response.body!.cancel();
  });

  test.each([
    ["/v1/live", /missing/],
    ["/v1/live?meters=", /separated by commas/],
    ["/v1/live?meters=a,,b", /separated by commas/],
    [`/v1/live?meters=${Array.from({ length: 101 }, (_, index) => `m${index}`).join(",")}`, /may name 100/],
  ])("%s is refused", async (address, sentence) => {
    const response = await ask(fixture().app, address);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(sentence);
  });

  test("a reader that does not read is dropped instead of remembered", async () => {
    const { app, store, clock } = fixture({ livePollMs: 1 });
    await store.append([at(5, 1)]);
    const response = await app.request(live);
    const reader = response.body!.getReader();
    await reader.read();
    // Nothing is read from here on; the stream holds a bounded number of events and then ends.
    for (let step = 0; step < 900; step++) {
      clock.now += 1_000;
      await store.append([reading(clock.now, { "1-0:16.7.0": step })]);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const text = await (await app.request("/metrics")).text();
    expect(text).toContain("smp_live_listeners 0");
    await reader.cancel();
  });
});

describe("the store", () => {
  test("is asked only while somebody listens, once for all", async () => {
    const { app, store } = fixture({ livePollMs: 3, listenersPerAddressMax: 10 });
    await store.append([at(5, 4), at(5, 5, "b")]);
    const readers = await Promise.all(
      [live, live, "/v1/meters/b/live"].map(async (address) => new EventReader(await ask(app, address))),
    );
    for (const reader of readers) await next(reader, "reading");
    await Promise.all(readers.map((reader) => reader.close()));
    const asked = store.asked["latest"]!;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(store.asked["latest"]).toBe(asked);
    expect(await (await ask(app, "/metrics")).text()).toContain("smp_live_listeners 0");
  });

  test("may fail for a while: the streams stay and go on", async () => {
    const { app, store } = fixture();
    await store.append([at(5, 4)]);
    const reader = new EventReader(await ask(app, live));
    await next(reader, "reading");
    let failed!: () => void;
    const failure = new Promise<void>((resolve) => (failed = resolve));
    store.before = async () => {
      failed();
      throw new Error("away");
    };
    await failure;
    store.before = async () => {};
    await store.append([at(1, 5)]);
    expect(powerOf(await next(reader, "reading"))).toBe(5);
    await reader.close();
  });

  test("is never asked twice at once by the hub, however slow it is", async () => {
    let running = 0;
    let most = 0;
    const hub = new LiveHub({
      latest: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 10));
        running--;
        return [];
      },
      pollMs: 1,
      logger: silent,
    });
    const stops = Array.from({ length: 5 }, () => hub.listen(["a"], () => {}));
    await new Promise((resolve) => setTimeout(resolve, 60));
    stops.forEach((stop) => stop());
    expect(most).toBe(1);
    expect(hub.listeners).toBe(0);
  });
});
