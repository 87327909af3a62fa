import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ilpWriter } from "../../src/questdb/write.ts";

/** A server that answers each write as the script says; "drop" breaks the connection. */
async function scriptedServer(
  script: (number | "drop")[],
  host = "127.0.0.1",
): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const answer = script.shift() ?? 204;
      if (answer === "drop") {
        request.socket.destroy();
        return;
      }
      bodies.push(`${answer} ${Buffer.concat(chunks).toString("latin1")}`);
      response.statusCode = answer;
      response.end(
        answer === 400 ? JSON.stringify({ code: "invalid", message: "cast error", line: 2 }) : undefined,
      );
    });
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const name = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${name}:${(server.address() as AddressInfo).port}`, bodies };
}

const write = async (url: string, rows: readonly number[]): Promise<void> => {
  const writer = ilpWriter(url);
  try {
    await writer.write("t", rows, async (sender, row) => {
      await sender.symbol("meter", `m${row}`).intColumn("x", row).at(row, "ms");
    });
  } finally {
    await writer.close();
  }
};
const lines = (bodies: string[], answer: number): string[] =>
  bodies
    .filter((body) => body.startsWith(String(answer)))
    .flatMap((body) => body.slice(4).trimEnd().split("\n"));

test("a connection that breaks costs nothing: the whole batch is built and sent again", async () => {
  const { url, bodies } = await scriptedServer(["drop", "drop", 204]);
  await write(url, [1, 2, 3]);
  expect(lines(bodies, 204)).toEqual(
    ["t,meter=m1 x=1i 1000000t", "t,meter=m2 x=2i 2000000t", "t,meter=m3 x=3i 3000000t"].map((line) =>
      line.replace("000000t", "000t"),
    ),
  );
});

test.each([false, true])("a server at an IPv6 address is written to (once: %s)", async (once) => {
  const { url, bodies } = await scriptedServer([204], "::1");
  const writer = ilpWriter(url, { once });
  onTestFinished(() => writer.close());
  await writer.write("t", [1], (sender, row) => sender.intColumn("x", row).at(row, "ms"));
  expect(lines(bodies, 204)).toEqual(["t x=1i 1000t"]);
});

test("a server that is away fails the batch as one that may be tried again", async () => {
  const { url } = await scriptedServer(["drop", "drop", "drop"]);
  await expect(write(url, [1])).rejects.toMatchObject({ code: "store-failed", retryable: true });
});

test("a batch that the server refuses is not sent twice, and the error has the server's reason", async () => {
  const { url, bodies } = await scriptedServer([400]);
  const failed = write(url, [1, 2]);
  await expect(failed).rejects.toMatchObject({ code: "store-refused", retryable: false });
  await expect(failed).rejects.toThrow(/cast error/);
  expect(bodies).toHaveLength(1);
});

test("after a failed batch the next one carries none of its rows", async () => {
  const { url, bodies } = await scriptedServer([400, 204]);
  const writer = ilpWriter(url);
  const fill: Parameters<typeof writer.write<number>>[2] = async (sender, row) => {
    await sender.symbol("meter", `m${row}`).intColumn("x", row).at(row, "ms");
  };
  await expect(writer.write("t", [1], fill)).rejects.toMatchObject({ code: "store-refused" });
  await expect(writer.write("t", [2, Number.NaN], fill)).rejects.toThrow();
  await writer.write("t", [3], fill);
  await writer.close();
  expect(lines(bodies, 204).map((line) => line.split(" ")[0])).toEqual(["t,meter=m3"]);
});

test("large batches go in requests of 10,000 rows, in order", async () => {
  const { url, bodies } = await scriptedServer([]);
  await write(
    url,
    Array.from({ length: 25_000 }, (_, row) => row),
  );
  expect(bodies).toHaveLength(3);
  const meters = lines(bodies, 204).map((line) => line.split(" ")[0]);
  expect(meters).toEqual(Array.from({ length: 25_000 }, (_, row) => `t,meter=m${row}`));
});
