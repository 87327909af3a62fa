import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { startApi, type RunningApi } from "../../src/start.ts";
import { ADMIN_TOKEN, configOf, reading, silent, storeWithAdmin } from "../fixture.ts";

const LISTENERS = 1_000;
const METERS = 100;
let api: RunningApi | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api?.close();
});

/** One live stream; resolves when the text has come as often as asked. */
class Listener {
  #text = "";
  #wake: () => void = () => {};

  constructor(port: number, meter: string) {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    socket.write(
      `GET /v1/meters/${meter}/live HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`,
    );
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.#text += text;
      this.#wake();
    });
  }

  async readings(count: number): Promise<number> {
    while (this.#text.split("event: reading").length - 1 < count)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#text.split("event: reading").length - 1;
  }
}

test("a thousand live streams each get the newest reading, then every new one, over one look into the store", async () => {
  const store = storeWithAdmin();
  const meters = Array.from({ length: METERS }, (_, index) => `m-${index}`);
  const append = (t: number): Promise<void> =>
    store.append(meters.map((meter) => reading(t, { "1-0:16.7.0": t % 1_000 }, meter)));
  const start = Date.now() - 60_000;
  await append(start);
  api = await startApi(
    configOf({ requestsPerMinute: 0, listenersPerAddressMax: LISTENERS, livePollMs: 100 }),
    {
      store,
      logger: silent,
    },
  );
  const listeners: Listener[] = [];
  while (listeners.length < LISTENERS) {
    const some = meters.map((meter) => new Listener(api!.port, meter));
    await Promise.all(some.map((listener) => listener.readings(1)));
    listeners.push(...some);
  }
  const rounds = 2;
  const before = process.cpuUsage();
  for (let round = 1; round <= rounds; round++) {
    await append(start + round * 1_000);
    await Promise.all(listeners.map((listener) => listener.readings(1 + round)));
  }
  const { user, system } = process.cpuUsage(before);
  if (process.env["SMP_MEASURE"] === "1")
    process.stderr.write(`${((user + system) / rounds / 1_000).toFixed(0)} ms CPU for ${LISTENERS} events\n`);
  // One more than the limit is told when to come again.
  const more = await fetch(`${api.url}/v1/meters/m-0/live`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  expect([429, 503]).toContain(more.status);
  expect(Number(more.headers.get("retry-after"))).toBeGreaterThan(0);
}, 120_000);
