import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUR_MS } from "@smp/schemas";
import { openStore, readConfig } from "@smp/store";
import { expect, onTestFinished, test } from "vitest";
import { STORE_METHODS, type StoreMethod, type StoreView } from "../../extensions/src/contract/store-view.ts";
import { storeView } from "../../extensions/src/host/store-view.ts";

test("the table of docs/extend has every call of the store, and the fields that come", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smp-extend-store-"));
  const store = await openStore(readConfig({ SMP_DATA_DIR: dir }));
  onTestFinished(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });
  const t = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS;
  // Two readings, and so a gap between them.
  const readings = [0, 2 * HOUR_MS].map((after) => ({
    meter: "house",
    device: "house",
    t: t + after,
    received: t + after,
    r: { "1-0:1.8.0": 1_000 + after / 10_000 },
  }));
  await store.append(readings);
  const range = { meter: "house", from: t, to: t + 3 * HOUR_MS };
  const buckets = { meters: ["house"], resolution: "1h", tz: "Europe/Vienna", perMeter: true } as const;
  const calls: Record<StoreMethod, (view: StoreView) => Promise<object[]>> = {
    meters: (view) => view.meters(),
    latest: (view) => view.latest(["house"]),
    series: (view) => view.series({ ...range, ...buckets }),
    gaps: (view) => view.gaps(range),
    readings: (view) => view.readings({ ...range, limit: 1 }),
  };
  const page = await readFile("docs/extend/README.md", "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)\([^`]*`\s*\|[^|]*\| `([^`]*)`/gm)];
  expect(rows.map(([, method]) => method)).toEqual(STORE_METHODS);
  const view = storeView(store, "raw", { canRead: () => true });
  for (const [, method, fields = ""] of rows) {
    const [element] = await calls[method as StoreMethod](view);
    const names = fields.replaceAll(/: \{.*$/g, "").split(", ");
    expect(Object.keys(element ?? {}), method).toEqual(expect.arrayContaining(names));
  }
});
