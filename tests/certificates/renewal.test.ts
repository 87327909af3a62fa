import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  addDevice,
  addService,
  initCa,
  pkiPaths,
  readEstConfig,
  readRegistry,
  revoke,
  startEst,
  stateOf,
  type EstServer,
} from "@smp/certs";
import { HOUR_MS } from "@smp/schemas";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { nextKey } from "../../edge/src/certificate/files.ts";
import { signingRequest } from "../../edge/src/certificate/signing-request.ts";
import { startRenewal, type Renewal } from "../../edge/src/certificate/renewal.ts";
import { Journal } from "../../edge/src/journal/journal.ts";
import { encodeReading } from "../../edge/src/publisher/message.ts";
import { Publisher } from "../../edge/src/publisher/publisher.ts";
import { certificateBroker, type CertificateBroker } from "../support/certificate-broker.ts";
import { random } from "../support/random.ts";

// Real certificates, a real enrolment server, a real TLS broker and the edge's own publisher; only the clock is the test's.
const DEVICE = "house-7";
const log = pino({ level: "silent" });

/** Polls what a socket brings about; there is no time limit but the test's own. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

interface House {
  readonly dir: string;
  readonly certificates: string;
  readonly broker: CertificateBroker;
  readonly renewals: number;
  now(): Date;
  /** Lets time pass in steps; in each the device writes one reading, which must arrive before the next if `reach` holds. */
  live(options: { steps: number; stepMs: number; reach?: boolean }): Promise<void>;
  /** Lets time pass while the device is switched off. */
  sleep(ms: number): Promise<void>;
  setEst(isOn: boolean): Promise<void>;
  close(): Promise<void>;
}

/** A device with a certificate of some days, its broker, and its enrolment server. */
async function moveIn(days: number): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), "smp-renewal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const dir = join(folder, "pki");
  let offsetMs = 0;
  const now = (): Date => new Date(Date.now() + offsetMs);
  await initCa({ dir });
  await addService({ dir, id: "broker", hostnames: ["localhost"] });
  const { files } = await addDevice({ dir, id: DEVICE, days, now: now() });
  const certificates = join(files.cert, "..");
  const broker = await certificateBroker(dir, now);
  const settings = { SMP_PKI_DIR: dir, SMP_EST_HOST: "127.0.0.1", SMP_EST_PORT: "0" };
  let est: EstServer | undefined = await startEst(readEstConfig(settings), { log, now });
  const { port } = est;
  const journal = await Journal.open(
    { directory: join(folder, "journal"), bytesMax: 64 << 20, daysMax: 30 },
    { log },
  );
  let [publisher, renewal]: [Publisher | undefined, Renewal | undefined] = [undefined, undefined];
  let [written, renewalsBefore] = [0, 0];

  function switchOn(): void {
    publisher = new Publisher(
      {
        device: DEVICE,
        url: broker.url,
        certificates,
        order: "oldest-first",
        limits: {
          livePerSecond: 1e4,
          liveBurst: 1e4,
          drainPerSecond: 1e4,
          drainBurst: 1e4,
          reconnectFirstMsMax: 5,
          reconnectMsMax: 5,
        },
      },
      { log, journal, now: () => now().getTime() },
    );
    renewal = startRenewal(
      { directory: certificates, url: `https://localhost:${port}`, settleMs: 0 },
      {
        log,
        onRenewed: () => publisher?.changeOver(),
        now: () => now().getTime(),
        random: random(7),
      },
    );
  }
  async function switchOff(): Promise<void> {
    await renewal?.close();
    renewalsBefore += renewal?.renewals ?? 0;
    renewal = undefined;
    await publisher?.close();
    publisher = undefined;
  }
  const house: House = {
    dir,
    certificates,
    broker,
    now,
    get renewals() {
      return renewalsBefore + (renewal?.renewals ?? 0);
    },
    async live({ steps, stepMs, reach = true }) {
      if (!publisher) switchOn();
      for (let step = 0; step < steps; step++) {
        offsetMs += stepMs;
        broker.sweep();
        await journal.append((s) => encodeReading({ t: now().getTime(), r: { "1-0:16.7.0": 413 } }, s));
        publisher?.wake();
        written += 1;
        await renewal?.check();
        if (reach) await until(() => broker.sequences.length >= written);
      }
    },
    async sleep(ms) {
      await switchOff();
      offsetMs += ms;
    },
    async setEst(isOn) {
      if (!isOn) {
        await est?.close();
        est = undefined;
      } else est ??= await startEst(readEstConfig({ ...settings, SMP_EST_PORT: String(port) }), { log, now });
    },
    async close() {
      await switchOff();
      await est?.close();
      await journal.close();
    },
  };
  onTestFinished(() => house.close());
  return house;
}

const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test("a device with a certificate of one day runs for a month untouched", { timeout: 120_000 }, async () => {
  const house = await moveIn(1);
  await house.live({ steps: 30 * 12, stepMs: 2 * HOUR_MS });
  expect(house.broker.sequences).toEqual(numbersTo(360));
  expect(house.broker.refusals).toEqual([]);
  // Two thirds of 25 h with 10 % of jitter, looked at every two hours: 40 to 51 in 720 h.
  expect(house.renewals).toBeGreaterThanOrEqual(40);
  expect(house.renewals).toBeLessThanOrEqual(51);
  // The last one may have come with the last step: it is used from the next connection on.
  await until(() => house.broker.serials.length === house.renewals + 1);
  const registered = (await readRegistry(pkiPaths(house.dir).registry)).filter(
    ({ role }) => role === "device",
  );
  expect(registered.map(({ serial }) => serial)).toEqual(house.broker.serials);
  expect(new Set(registered.map(({ spkiSha256 }) => spkiSha256)).size).toBe(registered.length);
  const counting = registered.filter((one) => stateOf(one, house.now()) === "active");
  expect(counting.length).toBeLessThanOrEqual(2);
  expect((await readdir(house.certificates)).sort()).toEqual(["ca.crt", "client.crt", "client.key"]);
  expect((await stat(join(house.certificates, "client.key"))).mode & 0o777).toBe(0o600);
});

test(
  "a hundred renewals of a certificate of one minute lose nothing, double nothing, and are never late",
  { timeout: 120_000 },
  async () => {
    const house = await moveIn(1 / 1_440);
    while (house.renewals < 100) await house.live({ steps: 4, stepMs: 10_000 });
    // The hundredth may have come with the last step: it is used from the next connection on.
    await house.live({ steps: 4, stepMs: 10_000 });
    const { length } = house.broker.sequences;
    expect(house.broker.sequences).toEqual(numbersTo(length));
    expect(house.broker.refusals).toEqual([]);
    expect(house.broker.serials.length).toBeGreaterThan(100);
  },
);

test("an enrolment server that is away when it is time is asked again until it is back", async () => {
  const house = await moveIn(1);
  await house.live({ steps: 14, stepMs: HOUR_MS });
  await house.setEst(false);
  await house.live({ steps: 6, stepMs: HOUR_MS });
  expect(house.renewals).toBe(0);
  await house.setEst(true);
  await house.live({ steps: 3, stepMs: HOUR_MS });
  expect(house.renewals).toBe(1);
  expect(house.broker.refusals).toEqual([]);
  expect(house.broker.sequences).toEqual(numbersTo(23));
});

test("a key whose certificate was lost, and then revoked with its device, does not end all renewal", async () => {
  const house = await moveIn(1);
  const { dir, certificates } = house;
  // The answer to a renewal got lost; then the device was revoked, and let in again by hand.
  const csr = signingRequest(DEVICE, nextKey(certificates)).toString("base64");
  await addDevice({ dir, id: DEVICE, csr, force: true, now: house.now() });
  await revoke("device", { dir, id: DEVICE, reason: "stolen", now: house.now() });
  await addDevice({ dir, id: DEVICE, days: 1, force: true, now: house.now() });
  await house.live({ steps: 22, stepMs: HOUR_MS });
  expect(house.renewals).toBe(1);
  expect(house.broker.refusals).toEqual([]);
});

test("a device that was switched off for three weeks renews its expired certificate, and goes on", async () => {
  const house = await moveIn(1);
  await house.live({ steps: 3, stepMs: HOUR_MS });
  await house.sleep(21 * 24 * HOUR_MS);
  await house.live({ steps: 3, stepMs: HOUR_MS });
  expect(house.broker.sequences).toEqual(numbersTo(6));
  expect(house.renewals).toBe(1);
  const x509 = new X509Certificate(await readFile(join(house.certificates, "client.crt")));
  expect(new Date(x509.validTo).getTime()).toBeGreaterThan(house.now().getTime());
});

test("N14: a certificate that expires while its device is connected ends the session, and the readings wait", async () => {
  const house = await moveIn(1);
  await house.setEst(false);
  await house.live({ steps: 20, stepMs: HOUR_MS });
  expect(house.broker.refusals).toEqual([]);
  await house.live({ steps: 10, stepMs: HOUR_MS, reach: false });
  await until(() => house.broker.refusals.length > 0);
  expect(house.broker.refusals[0]).toBe("expired");
  const { length } = house.broker.sequences;
  expect(length).toBeLessThan(30);
  await house.setEst(true);
  await house.live({ steps: 2, stepMs: HOUR_MS });
  expect(house.broker.sequences).toEqual(numbersTo(32));
});
