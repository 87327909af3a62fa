import { on } from "node:events";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import type { EnergySeries, RawReading, ReadingPage } from "@smp/schemas/api";
import type { NormalisedReading } from "@smp/schemas";
import { afterEach, describe, expect, test } from "vitest";
import { makeToken, tokenDocument } from "../../src/access/token.ts";
import { startApi, type RunningApi } from "../../src/start.ts";
import {
  ADMIN_TOKEN,
  configOf,
  fixture,
  METER,
  MIDNIGHT,
  MINUTE_MS,
  NOW,
  reading,
  readings,
  silent,
  storeWithAdmin,
  type Fixture,
} from "../fixture.ts";
import { ask, askJson } from "../openapi.ts";

const day = "from=2026-03-29&to=2026-03-30";
async function platform(): Promise<Fixture> {
  const made = fixture({ requestsPerMinute: 0 });
  await made.store.append(readings(MIDNIGHT, NOW));
  await made.store.append([
    { ...reading(NOW - 10, { "x-flow": 2.5, "1-0:16.7.0": 3 }), s: 7, quality: ["server-time", "suspect"] },
  ]);
  return made;
}
const parquet = async (response: Response): Promise<Record<string, unknown>[]> =>
  await parquetReadObjects({ file: await response.arrayBuffer() });
const lines = (text: string): string[] => text.split("\r\n").slice(0, -1);

describe("readings as a file", () => {
  const address = `/v1/meters/${METER}/readings?from=2026-01-01&to=2026-03-30`;

  test("say the same in CSV, NDJSON and Parquet as page by page, over any range", async () => {
    const { app } = await platform();
    const page = await askJson<ReadingPage>(app, `/v1/meters/${METER}/readings?${day}&limit=10000`);
    const csv = await ask(app, `${address}&format=csv`);
    expect(csv.headers.get("content-disposition")).toBe(
      `attachment; filename="${METER}_readings_2026-01-01.csv"`,
    );
    const rows = lines(await csv.text());
    expect(rows[0]).toBe("time,received,s,net_power_w,quality,import_wh,export_wh,power_w,x-flow");
    expect(rows).toHaveLength(page.readings.length + 1);
    expect(rows[1]).toBe("2026-03-29T00:00:00+01:00,2026-03-29T00:00:00.120+01:00,,400,,1000000,500,400,");
    expect(rows.at(-1)).toMatch(/,7,3,server-time suspect,,,3,2\.5$/);
    const ndjson = await ask(app, `${address}&format=ndjson`);
    const objects = (await ndjson.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RawReading);
    expect(objects).toEqual(page.readings);
    const table = await parquet(await ask(app, `${address}&format=parquet`));
    expect(table.map(({ time }) => (time as Date).getTime())).toEqual(page.readings.map(({ t }) => t));
    expect(table.map((row) => row["import_wh"] ?? undefined)).toEqual(
      page.readings.map(({ registers }) => registers["1-0:1.8.0"]),
    );
    expect(table.at(-1)).toMatchObject({
      s: 7,
      quality: "server-time suspect",
      "x-flow": 2.5,
      import_wh: null,
    });
  });

  test("are compressed for who takes it, also while they stream", async () => {
    const { app } = await platform();
    for (const format of ["csv", "ndjson"]) {
      const plain = await ask(app, `${address}&format=${format}`);
      const packed = await app.request(`${address}&format=${format}`, {
        headers: { "accept-encoding": "gzip" },
      });
      expect(packed.headers.get("content-encoding")).toBe("gzip");
      expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(await plain.text());
    }
  });

  test("say in Parquet that times are UTC, for programs that take all else for a clock without a zone", async () => {
    const { app } = await platform();
    const { schema } = parquetMetadata(await (await ask(app, `${address}&format=parquet`)).arrayBuffer());
    const times = schema.filter(({ converted_type: type }) => type === "TIMESTAMP_MILLIS");
    expect(times.map(({ name }) => name)).toEqual(["time", "received"]);
    for (const { logical_type: type } of times)
      expect(type).toMatchObject({ type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" });
  });

  test("may be asked for by the header Accept, and HEAD costs no reading", async () => {
    const { app, store } = await platform();
    const answer = await ask(app, address, { headers: { accept: "application/x-ndjson" } });
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    expect(answer.headers.get("vary")).toMatch(/Accept/);
    await answer.body!.cancel();
    const asked = store.asked["raw"] ?? 0;
    const head = await app.request(`${address}&format=csv`, { method: "HEAD" });
    expect(head.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(store.asked["raw"] ?? 0).toBe(asked);
  });

  test("of a meter without any in the range have a head and no rows", async () => {
    const { app } = await platform();
    const empty = `/v1/meters/${METER}/readings?from=2025-01-01&to=2025-01-02`;
    expect(lines(await (await ask(app, `${empty}&format=csv`)).text())).toHaveLength(1);
    expect(await (await ask(app, `${empty}&format=ndjson`)).text()).toBe("");
    expect(await parquet(await ask(app, `${empty}&format=parquet`))).toEqual([]);
  });

  test.each(["is revoked by another process", "expires"])("break off when their token %s", async (what) => {
    const { app, store, clock } = await platform();
    const { record, secret } = makeToken({ name: "t", meters: [METER], expires_in_days: 1 }, NOW);
    const document = tokenDocument(record);
    await store.putDocument(document);
    const headers = { authorization: `Bearer ${secret}` };
    const { body } = await app.request(`${address}&format=csv`, { headers });
    const reader = body!.getReader();
    await reader.read();
    expect((await reader.read()).value?.length).toBeGreaterThan(1_000);
    if (what === "expires") clock.now = record.expires;
    else await store.putDocument({ ...document, value: null });
    clock.now += 1_000;
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow(what === "expires" ? "is expired since" : "it is revoked");
  });

  test("take no cursor and no limit, and in JSON no long range", async () => {
    const { app } = await platform();
    for (const query of ["&format=csv&limit=1", "&format=parquet&cursor=MQ"])
      expect((await ask(app, address + query)).status).toBe(400);
    expect((await ask(app, address)).status).toBe(422);
  });
});

describe("series as a file", () => {
  test.each(["energy", "power"])("%s has the JSON answer's buckets in every form", async (what) => {
    const { app } = await platform();
    const address = `/v1/meters/${METER}/${what}?${day}&resolution=1h`;
    const { buckets } = await askJson<EnergySeries>(app, address);
    const csv = await ask(app, `${address}&format=csv`);
    expect(csv.headers.get("content-disposition")).toContain(`${METER}_${what}_1h_2026-03-29.csv`);
    expect(csv.headers.get("etag")).not.toBeNull();
    const rows = lines(await csv.text());
    expect(rows).toHaveLength(24);
    expect(rows[1]!.split(",").slice(0, 2)).toEqual([buckets[0]!.start, buckets[0]!.end]);
    const ndjson = await (await ask(app, `${address}&format=ndjson`)).text();
    expect(
      ndjson
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(buckets);
    const table = await parquet(await ask(app, `${address}&format=parquet`));
    expect(table.map(({ start }) => (start as Date).getTime())).toEqual(
      buckets.map(({ start }) => Date.parse(start)),
    );
    expect(table.map(({ coverage }) => coverage)).toEqual(buckets.map(({ coverage }) => coverage));
  });
});

describe("updated_since", () => {
  test("gives what arrived since, in order of arrival, page by page, each once", async () => {
    const { app, store } = await platform();
    const since = NOW + MINUTE_MS;
    const late = (t: number, received: number): NormalisedReading => ({
      ...reading(t, { "1-0:16.7.0": 1 }),
      received,
    });
    await store.append([
      late(MIDNIGHT - 90 * 86_400_000, since + 20),
      late(MIDNIGHT - 5, since + 10),
      late(MIDNIGHT - 4, since + 10),
      late(MIDNIGHT - 3, since - 1),
      late(MIDNIGHT - 2, since),
    ]);
    const times: number[] = [];
    let address: string | undefined = `/v1/meters/${METER}/readings?updated_since=${since}&limit=2`;
    while (address !== undefined) {
      const answer: Response = await ask(app, address);
      times.push(...((await answer.json()) as ReadingPage).readings.map(({ t }) => t));
      address = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(times).toEqual([MIDNIGHT - 2, MIDNIGHT - 5, MIDNIGHT - 4, MIDNIGHT - 90 * 86_400_000]);
    const csv = await ask(app, `/v1/meters/${METER}/readings?updated_since=${since}&format=csv`);
    expect(lines(await csv.text())).toHaveLength(5);
    // A cursor of another order is none.
    expect((await ask(app, `/v1/meters/${METER}/readings?updated_since=${since}&cursor=MTIz`)).status).toBe(
      400,
    );
  });
});

describe("over a socket", () => {
  let api: RunningApi | undefined;
  afterEach(async () => api?.close());

  test.each([
    ["1.0", "the store fails"],
    ["1.1", "the store fails"],
    ["1.0", "the platform is stopped"],
  ])("in HTTP/%s a file that breaks off, as %s, does not look whole", async (version, why) => {
    const store = storeWithAdmin();
    await store.append(readings(MIDNIGHT, NOW));
    let goOn!: () => void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    store.raw = async function* () {
      for (let page = 0; page < 4; page++)
        yield Array.from({ length: 500 }, (_, index) =>
          reading(MIDNIGHT + page * 500 + index, { "1-0:16.7.0": 1 }),
        );
      await held;
      throw new Error("the disk is gone");
    };
    api = await startApi(configOf({ requestsPerMinute: 0 }), { store, logger: silent });
    const socket = connect(api.port, "127.0.0.1");
    socket.write(
      `GET /v1/meters/${METER}/readings?from=2026-01-01&format=csv HTTP/${version}\r\nHost: a\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`,
    );
    let text = "";
    let end = "in order";
    socket.on("error", ({ code }: NodeJS.ErrnoException) => (end = String(code)));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    for await (const chunk of on(socket, "data")) {
      text += String(chunk);
      if (text.split("\n").length > 1_500) break;
    }
    socket.resume();
    if (why === "the store fails") goOn();
    else await api.close();
    await closed;
    goOn();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    if (version === "1.0") expect(end).toBe("ECONNRESET");
  });

  test("a client that reads slowly holds back the store, and one that leaves ends the reading", async () => {
    const store = storeWithAdmin();
    await store.append(readings(MIDNIGHT, NOW));
    let pages = 0;
    let tellEnded!: () => void;
    const ended = new Promise<void>((resolve) => (tellEnded = resolve));
    // Endless: what is not taken must not be read.
    store.raw = async function* () {
      try {
        for (;;) {
          pages++;
          yield Array.from({ length: 500 }, (_, index) =>
            reading(MIDNIGHT + pages * 500 + index, { "1-0:16.7.0": 1 }),
          );
        }
      } finally {
        tellEnded();
      }
    };
    api = await startApi(configOf({ requestsPerMinute: 0 }), { store, logger: silent });
    const socket = connect(api.port, "127.0.0.1");
    socket.write(
      `GET /v1/meters/${METER}/readings?from=2026-01-01&format=csv HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`,
    );
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    socket.pause();
    // Until the buffers between are full and nothing moves any more.
    let before = -1;
    while (before !== pages) {
      before = pages;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(pages).toBeLessThan(2_000);
    socket.destroy();
    await ended;
  });
});
