import { readFile, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../eventually.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { encodeReading } from "../../src/publisher/message.ts";
import { Publisher, type PublisherOptions } from "../../src/publisher/publisher.ts";
import { openJournal, scratch, silent, upTo } from "../journal/scratch.ts";
import { testCa, writeBundle } from "./certificates.ts";
import { logLines } from "./log-lines.ts";
import { scriptedBroker, type ScriptedBroker } from "./scripted-broker.ts";

const FAST = {
  livePerSecond: 10_000,
  liveBurst: 10_000,
  drainPerSecond: 10_000,
  drainBurst: 100,
  reconnectFirstMsMax: 20,
  reconnectMsMax: 50,
};

const openedJournal = async (directory?: string): Promise<Journal> => {
  const journal = await openJournal(directory ?? (await scratch()));
  onTestFinished(() => journal.close());
  return journal;
};

function publish(
  journal: Journal,
  url: string,
  options: Partial<PublisherOptions> = {},
  log = silent,
): Publisher {
  const publisher = new Publisher(
    {
      device: "house-7",
      url,
      certificates: undefined,
      order: "oldest-first",
      ...options,
      limits: { ...FAST, ...options.limits },
    },
    { log, journal },
  );
  onTestFinished(() => publisher.close());
  return publisher;
}

async function write(journal: Journal, count: number, publisher?: Publisher): Promise<void> {
  for (let done = 0; done < count; done += 1_000)
    await Promise.all(
      upTo(Math.min(1_000, count - done)).map(() =>
        journal.append((sequence) =>
          encodeReading(
            {
              t: 1_780_000_000_000 + sequence * 5_000,
              m: "1KFM0200123456",
              r: { "1-0:1.8.0": sequence, "1-0:16.7.0": -413, "1-0:32.7.0": 230.4 },
            },
            sequence,
          ),
        ),
      ),
    );
  publisher?.wake();
}

const arrived = (broker: ScriptedBroker, count: number): Promise<void> =>
  eventually(() => expect(broker.readings).toBeGreaterThanOrEqual(count));

test("a reading goes out with status and info, and the journal forgets it on PUBACK", async () => {
  const broker = await scriptedBroker();
  const journal = await openedJournal();
  const publisher = publish(journal, broker.url);
  publisher.setInfo({ model: "test", meters: [] });
  await write(journal, 1, publisher);
  await arrived(broker, 1);
  await eventually(() => expect(journal.stats).toMatchObject({ pending: 0, acknowledged: 1 }));
  expect(broker.acknowledged[0]?.payload.toString()).toBe("online");
  expect(broker.acknowledged.find(({ topic }) => topic.endsWith("/info"))?.payload.toString()).toBe(
    '{"model":"test","meters":[]}',
  );
  expect(broker.acknowledged.find(({ topic }) => topic.endsWith("/reading"))?.readings).toEqual([
    {
      v: 1,
      t: 1_780_000_005_000,
      s: 1,
      m: "1KFM0200123456",
      r: { "1-0:1.8.0": 1, "1-0:16.7.0": -413, "1-0:32.7.0": 230.4 },
    },
  ]);
});

test("nothing is forgotten while the broker holds its PUBACKs, and at most a window is on its way", async () => {
  const broker = await scriptedBroker();
  broker.answer = "hold";
  const journal = await openedJournal();
  const publisher = publish(journal, broker.url, { limits: { window: 8 } });
  for (let message = 1; message <= 8; message++) {
    await write(journal, 1, publisher);
    await eventually(() => expect(broker.inFlightMax).toBe(message));
  }
  await write(journal, 32, publisher);
  expect(journal.stats).toMatchObject({ pending: 40, acknowledged: 0 });
  broker.answer = "ack";
  await arrived(broker, 40);
  expect(broker.sequences()).toEqual(upTo(40));
  expect(broker.inFlightMax).toBe(8);
});

test("after a lost connection what is unacknowledged is sent again, in order, once", async () => {
  const broker = await scriptedBroker();
  const journal = await openedJournal();
  const publisher = publish(journal, broker.url);
  await write(journal, 5, publisher);
  await arrived(broker, 5);
  broker.answer = "hold";
  for (let round = 0; round < 30; round++) await write(journal, 1, publisher);
  await eventually(() => expect(broker.received.length).toBeGreaterThan(10));
  broker.drop();
  broker.answer = "ack";
  await arrived(broker, 35);
  expect(broker.sequences()).toEqual(upTo(35));
  expect(broker.connections).toBe(2);
  await eventually(() => expect(journal.stats.pending).toBe(0));
});

test("the last will says offline when the line drops", async () => {
  const broker = await scriptedBroker();
  publish(await openedJournal(), broker.url);
  await eventually(() => expect(broker.received.length).toBeGreaterThan(0));
  broker.drop();
  await eventually(() =>
    expect(
      broker.received.some(
        ({ topic, payload }) => topic === "sm/v1/house-7/status" && payload.toString() === "offline",
      ),
    ).toBe(true),
  );
});

test("a broker that answers nothing is left after a while, and everything is sent to the next connection", async () => {
  const broker = await scriptedBroker();
  broker.answer = "hold";
  const journal = await openedJournal();
  const publisher = publish(journal, broker.url, { limits: { ackMsMax: 300 } });
  await write(journal, 3, publisher);
  await eventually(() => expect(broker.connections).toBeGreaterThanOrEqual(2));
  broker.answer = "ack";
  await arrived(broker, 3);
  await eventually(() => expect(journal.stats.pending).toBe(0));
});

describe("after ten days without a broker", () => {
  test("172,800 readings are all delivered, in messages within the contract's limits", async () => {
    const broker = await scriptedBroker();
    const journal = await openedJournal();
    await write(journal, 172_800);
    expect(journal.stats.bytes).toBeLessThan(32 << 20);
    publish(journal, broker.url);
    await arrived(broker, 172_800);
    expect(broker.sequences()).toEqual(upTo(172_800));
    const messages = broker.acknowledged.filter(({ topic }) => topic.endsWith("/reading"));
    expect(Math.max(...messages.map(({ payload }) => payload.length))).toBeLessThanOrEqual(16_384);
    expect(Math.max(...messages.map(({ readings }) => readings.length))).toBeLessThanOrEqual(500);
    await eventually(() => expect(journal.stats.pending).toBe(0));
  });

  test("what is new arrives at once, beside a backlog that takes its time", async () => {
    const broker = await scriptedBroker();
    const journal = await openedJournal();
    await write(journal, 20_000);
    const publisher = publish(journal, broker.url, { limits: { drainPerSecond: 2, drainBurst: 1 } });
    await arrived(broker, 1);
    const start = performance.now();
    await write(journal, 1, publisher);
    await eventually(() => expect(broker.sequences()).toContain(20_001));
    expect(performance.now() - start).toBeLessThan(1_000);
    const drained = broker.acknowledged.filter(({ readings }) => readings.length > 1).length;
    expect(drained).toBeLessThanOrEqual(4);
    expect(journal.stats.pending).toBeGreaterThan(19_000);
  });

  test("newest first, when that was chosen", async () => {
    const broker = await scriptedBroker();
    const journal = await openedJournal();
    await write(journal, 1_000);
    publish(journal, broker.url, { order: "newest-first" });
    await arrived(broker, 1_000);
    const firsts = broker.acknowledged
      .filter(({ topic }) => topic.endsWith("/reading"))
      .map(({ readings }) => readings.at(-1)?.s ?? 0);
    expect(firsts[0]).toBe(1_000);
    expect(firsts).toEqual([...firsts].sort((a, b) => b - a));
    expect(broker.sequences().sort((a, b) => a - b)).toEqual(upTo(1_000));
  });
});

test("it goes on trying while nobody listens, and says what to look at", async () => {
  const broker = await scriptedBroker();
  const { url } = broker;
  await broker.stop();
  const journal = await openedJournal();
  await write(journal, 3);
  const { log, lines } = logLines();
  publish(journal, url, {}, log);
  await eventually(() =>
    expect(lines.filter((line) => line.includes("nothing listens at localhost")).length).toBeGreaterThan(2),
  );
  await broker.listen();
  await arrived(broker, 3);
});

test("it backs off from a broker that is busy, each time longer, and loses nothing by it", async () => {
  const broker = await scriptedBroker();
  broker.busy = true;
  const journal = await openedJournal();
  await write(journal, 3);
  const waitsMs: number[] = [];
  const log = pino(
    {},
    {
      write(line: string) {
        const { msg, delayMs } = JSON.parse(line) as { msg: string; delayMs: number };
        if (msg.includes("takes no readings at the moment")) waitsMs.push(delayMs);
      },
    },
  );
  const limits = { reconnectFirstMsMax: 10, reconnectMsMax: 80 };
  const publisher = new Publisher(
    { device: "house-7", url: broker.url, certificates: undefined, order: "oldest-first", limits },
    { log, journal, random: () => 1 },
  );
  onTestFinished(() => publisher.close());
  await eventually(() => expect(broker.refused).toBeGreaterThan(5));
  expect(waitsMs.slice(0, 5)).toEqual([10, 20, 40, 80, 80]);
  expect(journal.stats.pending).toBe(3);
  broker.busy = false;
  await arrived(broker, 3);
});

test("what the platform rejects is logged as a sentence", async () => {
  const broker = await scriptedBroker();
  const { log, lines } = logLines();
  const publisher = publish(await openedJournal(), broker.url, {}, log);
  await eventually(() => expect(publisher.stats.connected).toBe(true));
  const problem = {
    type: "about:blank",
    title: "Reading rejected",
    code: "time-future",
    detail: "t is 3 h ahead: set the device's clock.",
  };
  await eventually(async () => {
    await broker.send("sm/v1/house-7/error", JSON.stringify(problem));
    expect(lines).toContain(
      "the platform rejected a reading: t is 3 h ahead: set the device's clock. (time-future)",
    );
  });
  expect(publisher.stats.problems).toBeGreaterThan(0);
});

test("closing says offline and does not wait for a broker that holds its PUBACKs", async () => {
  const broker = await scriptedBroker();
  broker.answer = "hold";
  const journal = await openedJournal();
  const publisher = publish(journal, broker.url);
  await write(journal, 2, publisher);
  await eventually(() => expect(broker.received.some(({ readings }) => readings.length > 0)).toBe(true));
  const start = performance.now();
  await publisher.close();
  expect(performance.now() - start).toBeLessThan(5_000);
  expect(broker.acknowledged.at(-1)?.payload.toString()).toBe("offline");
  expect(journal.stats.pending).toBe(2);
});

describe("over mutual TLS", () => {
  const pki = testCa();
  const server = pki.issue("broker");
  const tls = { ca: pki.ca, cert: server.cert, key: server.key };

  test("the certificate's files are all it needs; a renewed one is taken at the next connection", async () => {
    const broker = await scriptedBroker(tls);
    const certificates = await scratch();
    const expires = Math.floor(Date.now() / 1_000) * 1_000 + 5 * 86_400_000;
    const from = Date.now() - 90 * 86_400_000;
    await writeBundle(certificates, pki.ca, pki.issue("house-7", { from, to: expires }));
    const { log, lines } = logLines();
    const journal = await openedJournal();
    const publisher = publish(journal, broker.url, { certificates }, log);
    await write(journal, 2, publisher);
    await arrived(broker, 2);
    expect(publisher.stats.certificateExpires).toBe(expires);
    expect(lines.some((line) => line.includes("certificate expires in 4 days"))).toBe(true);
    await writeBundle(certificates, pki.ca, pki.issue("house-7", { to: expires + 86_400_000 }));
    broker.drop();
    await eventually(() =>
      expect(publisher.stats).toMatchObject({ connected: true, certificateExpires: expires + 86_400_000 }),
    );
  });

  test.each([
    ["a broker of another CA", testCa("other CA").ca, undefined, /not certified by this ca.crt/],
    ["a device of another CA", undefined, testCa("other CA").issue("house-7"), /certificate|without a word/],
    [
      "an expired certificate",
      undefined,
      pki.issue("house-7", { to: Date.now() - 60_000 }),
      /certificate|without a word/,
    ],
  ])("%s: the log says so, and nothing is lost", async (_case, ca, issued, expected) => {
    const broker = await scriptedBroker(tls);
    const certificates = await scratch();
    await writeBundle(certificates, ca ?? pki.ca, issued ?? pki.issue("house-7"));
    const { log, lines } = logLines();
    const journal = await openedJournal();
    await write(journal, 1);
    publish(journal, broker.url, { certificates }, log);
    await eventually(() => expect(lines.filter((line) => expected.test(line)).length).toBeGreaterThan(1));
    expect(journal.stats.pending).toBe(1);
    await writeBundle(certificates, pki.ca, pki.issue("house-7"));
    await arrived(broker, 1);
  });

  test("a private key that others can read is refused, with what to do", async () => {
    const broker = await scriptedBroker(tls);
    const certificates = await scratch();
    await writeBundle(certificates, pki.ca, pki.issue("house-7"));
    await chmod(join(certificates, "client.key"), 0o644);
    const { log, lines } = logLines();
    publish(await openedJournal(), broker.url, { certificates }, log);
    await eventually(() => expect(lines.some((line) => line.includes("chmod 600"))).toBe(true));
    expect(broker.connections).toBe(0);
  });

  test("files that are no certificate, or of somebody else, are named", async () => {
    const certificates = await scratch();
    await writeBundle(certificates, pki.ca, pki.issue("somebody-else"));
    const { log, lines } = logLines();
    publish(await openedJournal(), "mqtts://localhost:1", { certificates }, log);
    await eventually(() =>
      expect(lines.some((line) => line.includes('certificate of "somebody-else"'))).toBe(true),
    );
    await writeFile(join(certificates, "client.crt"), await readFile(join(certificates, "client.key")));
    await eventually(() =>
      expect(lines.some((line) => line.includes("no certificate in PEM form"))).toBe(true),
    );
  });
});
