import { expect, test } from "vitest";
import { Documents, type Connections } from "../../src/questdb/documents.ts";

/** Connections that note the time of writing, to a table whose newest version of the document is of `newestUs`. */
function scripted(newestUs: number | null): {
  connections: Connections;
  written: number[];
  asked: unknown[][];
} {
  const written: number[] = [];
  const asked: unknown[][] = [];
  const connections = {
    sql: {
      query: async (_sql: string, values: unknown[]) => {
        asked.push(values);
        return [{ us: newestUs }];
      },
    },
    ilp: {
      write: async (_table: string, rows: readonly { us: number }[]) =>
        void written.push(...rows.map(({ us }) => us)),
    },
  };
  return { connections: connections as unknown as Connections, written, asked };
}

test("what is written last is the newest, though another host's clock was ahead, or one's own was set back", async () => {
  const revoked = { kind: "token", id: "a", value: null, t: 1 };
  const aheadUs = (Date.now() + 3_600_000) * 1_000;
  const { connections, written, asked } = scripted(aheadUs);
  const documents = new Documents();
  await documents.put(connections, "documents", [revoked]);
  expect(written).toEqual([aheadUs + 1]);
  expect(asked).toEqual([["token", "a"]]);
});

test("the first version of a document is of now, and a device's word costs no question", async () => {
  const { connections, written, asked } = scripted(null);
  const before = Date.now() * 1_000;
  const documents = new Documents();
  await documents.put(connections, "documents", [{ kind: "tariff", id: "a", value: {}, t: 1 }]);
  await documents.put(connections, "documents", [{ kind: "device-status", id: "m7", value: "online", t: 1 }]);
  expect(written[0]).toBeGreaterThanOrEqual(before);
  expect(written[1]).toBeGreaterThan(written[0] ?? Infinity);
  expect(asked).toEqual([["tariff", "a"]]);
});
