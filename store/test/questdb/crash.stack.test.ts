import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { NormalisedReading } from "@smp/schemas";
// @boundaries-ignore: the scripts that start real servers belong to the repository, not to a package
import { startQuestdb, type QuestdbServer } from "../../../scripts/stack/servers.js";
import { connectSql } from "../../src/questdb/sql.ts";
import { questdbStore } from "../../src/questdb.ts";
import type { Store } from "../../src/index.ts";

async function startServer(env: Record<string, string> = {}): Promise<QuestdbServer> {
  const dir = mkdtempSync(join(tmpdir(), "smp-questdb-"));
  const server = await startQuestdb({ dir, env });
  onTestFinished(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return server;
}

const T0 = Date.parse("2026-05-01T00:00:00Z");
const batch = (n: number): NormalisedReading[] =>
  Array.from({ length: 50 }, (_, index) => ({
    meter: `m${index % 5}`,
    device: `m${index % 5}`,
    t: T0 + (n * 50 + index) * 1000,
    received: T0,
    r: { "1-0:1.8.0": n * 50 + index, "x-batch": n },
  }));

async function batchesIn(store: Store): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (let meter = 0; meter < 5; meter++)
    for await (const page of store.raw({ meter: `m${meter}`, from: 0, to: T0 * 2 }))
      for (const { r } of page) counts.set(r["x-batch"] ?? -1, (counts.get(r["x-batch"] ?? -1) ?? 0) + 1);
  return counts;
}

test("killed under load and started again, the server has each acknowledged batch once; the same store goes on", async () => {
  const server = await startServer();
  const store = questdbStore(server);
  onTestFinished(() => store.close());
  const acknowledged: number[] = [];
  const failed: number[] = [];
  let running: QuestdbServer = server;
  const stop = new AbortController();
  const writing = (async () => {
    for (let n = 0; !stop.signal.aborted; n++)
      await store.append(batch(n)).then(
        () => acknowledged.push(n),
        async (error: unknown) => {
          expect(error).toMatchObject({ retryable: true });
          failed.push(n);
          await new Promise((resolve) => setTimeout(resolve, 50));
        },
      );
  })();
  for (const least of [20, 40]) {
    await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(least);
    await running.kill();
    expect(await store.health()).toMatchObject({ ok: false });
    const before = acknowledged.length;
    running = await running.restart();
    await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(before + 5);
  }
  stop.abort();
  await writing;
  await store.settled();
  const counts = await batchesIn(store);
  expect(acknowledged.filter((n) => counts.get(n) !== 50)).toEqual([]);
  // One that failed may have been committed all the same: whole, and a replay changes nothing.
  expect(failed.filter((n) => counts.has(n) && counts.get(n) !== 50)).toEqual([]);
  for (const n of failed) await store.append(batch(n));
  await store.settled();
  expect([...(await batchesIn(store)).values()].filter((count) => count !== 50)).toEqual([]);
  await running.stop();
}, 120_000);

test("a suspended table is seen by health and by settled, and holds up no documents; for want of room it goes on by itself", async () => {
  const server = await startServer({ QDB_DEV_MODE_ENABLED: "true" });
  const store = questdbStore(server);
  onTestFinished(() => store.close());
  await store.append(batch(0));
  await store.settled();
  const sql = connectSql(server.pgUrl);
  onTestFinished(() => sql.close());
  await sql.query("ALTER TABLE readings SUSPEND WAL");
  await store.append(batch(1));
  expect(await store.health()).toMatchObject({
    ok: false,
    detail: expect.stringContaining("RESUME WAL") as unknown,
  });
  await expect(store.settled()).rejects.toMatchObject({ code: "store-suspended" });
  // Who revokes a token, or names a meter, waits for no readings.
  const put = ["token", "meter"].map((kind) => ({ kind, id: "m1", value: {}, t: 1 }));
  await store.putDocument(...put);
  await store.settled("documents");
  expect((await Promise.all(["token", "meter"].map((kind) => store.documents(kind)))).flat()).toEqual(put);
  // Somebody did it, and knows why.
  await store.maintain().catch(() => undefined);
  expect(await store.health()).toMatchObject({ ok: false });
  await sql.query("ALTER TABLE readings RESUME WAL");
  await store.settled();
  // On a full disk QuestDB says either, as what it writes is at the end of a table or among what is there.
  for (const [n, tag, message] of [
    [2, "DISK FULL", "no space left"],
    [3, "", "bulk update failed and will be rolled back"],
  ] as const) {
    await sql.query(`ALTER TABLE readings SUSPEND WAL WITH '${tag}', '${message}'`);
    await store.append(batch(n));
    expect(await store.health()).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`readings (${tag ? `${tag}: ${message}` : message})`) as unknown,
    });
    await store.maintain();
    await store.settled();
    expect(await store.health()).toMatchObject({ ok: true });
  }
  expect(await batchesIn(store)).toEqual(new Map([0, 1, 2, 3].map((n) => [n, 50])));
}, 60_000);
