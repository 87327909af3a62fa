import { appendFile, open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asyncProperty, assert, nat } from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  appendEvents,
  newestOf,
  readRegistry,
  stateOf,
  type RegisteredCertificate,
  type RegistryEvent,
} from "../../src/folder/registry.ts";
import { findCertificate, listCertificates, revoke } from "../../src/leaf/revoke.ts";
import { addDevice } from "../../src/leaf/issue.ts";
import { pkiPaths } from "../../src/folder/paths.ts";
import { temporaryFolder, temporaryPki } from "../pki-folder.ts";

/** What is asked of an open file. */
interface Writing {
  sync: () => Promise<void>;
  write: (bytes: Buffer) => Promise<{ bytesWritten: number }>;
}

const issued = (serial: string, id = "m1"): RegistryEvent => ({
  event: "issued",
  at: "2026-11-24T12:00:00.000Z",
  serial,
  id,
  role: "device",
  notAfter: "2027-12-26T12:00:00.000Z",
  spkiSha256: "ab".repeat(32),
});
/** What is read of a registry that holds a text. */
async function read(text: string): Promise<RegisteredCertificate[]> {
  const path = join(await temporaryFolder(), "index.jsonl");
  await writeFile(path, text);
  return await readRegistry(path);
}
const lines = (...events: object[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join("");

describe("the registry", () => {
  test("tells the state of every certificate", async () => {
    const revoked = { ...issued("4A"), event: "revoked", at: "2026-12-01T00:00:00.000Z", reason: "lost" };
    // The first revocation counts: a key that was lost does not become one that was only superseded.
    const again = { ...revoked, at: "2026-12-02T00:00:00.000Z", reason: "superseded" };
    const text = lines(issued("4A"), issued("4B"), revoked, again);
    const certificates = await read(text);
    const statesAt = (at: string): string[] => certificates.map((one) => stateOf(one, new Date(at)));
    expect(statesAt("2027-01-01T00:00:00Z")).toEqual(["revoked", "active"]);
    expect(statesAt("2027-12-26T12:00:00Z")).toEqual(["revoked", "expired"]);
    expect(certificates[0]).toMatchObject({
      issuedAt: "2026-11-24T12:00:00.000Z",
      revokedAt: "2026-12-01T00:00:00.000Z",
      reason: "lost",
    });
    expect(newestOf(certificates, "device")).toEqual([certificates[1]]);
    expect(newestOf(certificates, "consumer")).toEqual([]);
  });

  test("cut off anywhere gives the lines before the cut, and never an error", async () => {
    const events = [issued("4A"), issued("4B", "m2"), { ...issued("4A"), event: "revoked" }];
    const text = lines(...events);
    const ofWholeLines = await Promise.all(
      [0, 1, 2, 3].map((count) => read(lines(...events.slice(0, count)))),
    );
    const path = join(await temporaryFolder(), "index.jsonl");
    await assert(
      asyncProperty(nat(text.length), async (length) => {
        const cut = text.slice(0, length);
        await writeFile(path, cut);
        expect(await readRegistry(path)).toEqual(ofWholeLines[cut.split("\n").length - 1]);
      }),
    );
  });

  test.each([
    ["is not JSON", lines(issued("4A")) + "garbage\n"],
    ["is no JSON object", lines(issued("4A")) + "7\n"],
    ['has no valid "serial"', lines(issued("4A"), { ...issued("4B"), serial: "4b" })],
    ['has no valid "id"', lines(issued("4A"), { ...issued("4B"), id: "../x" })],
    ['has no valid "role"', lines(issued("4A"), { ...issued("4B"), role: "admin" })],
    ['has no valid "spkiSha256"', lines(issued("4A"), { ...issued("4B"), spkiSha256: "ab" })],
    ['has no valid "meters"', lines(issued("4A"), { ...issued("4B"), meters: [1] })],
    ["issues serial 4A a second time", lines(issued("4A"), issued("4A"))],
    ["revokes serial 4B, which was never issued", lines(issued("4A"), { ...issued("4B"), event: "revoked" })],
  ])("that was tampered with is refused with the line: %s", async (what, text) => {
    await expect(read(text)).rejects.toThrow(`index.jsonl line 2 ${what}`);
  });

  test.each([0, 20, 4_096, 10_000])(
    "drops %d bytes of an interrupted append before the next one, and no line of a long registry",
    async (torn) => {
      const path = join(await temporaryFolder(), "index.jsonl");
      const events = Array.from({ length: 30 }, (_, index) => issued(`4${index}`));
      await appendEvents(path, events);
      await appendFile(path, "x".repeat(torn));
      await appendEvents(path, [issued("4C", "m3")]);
      expect(await readFile(path, "utf8")).toBe(lines(...events, issued("4C", "m3")));
    },
  );

  test("is read on from where it was read to, whoever added to it: an issue beside 10,000 others costs no 10,000 lines", async () => {
    const path = join(await temporaryFolder(), "index.jsonl");
    await appendEvents(path, [issued("4A"), issued("4B", "m2")]);
    const before = await readRegistry(path);
    const begun = lines(issued("4D", "m4"));
    await appendFile(
      path,
      lines({ ...issued("4B", "m2"), event: "revoked" }, issued("4C", "m3")) + begun.slice(0, 9),
    );
    const [first, second, third, ...rest] = await readRegistry(path);
    // The very same object: its line was not read again.
    expect(first).toBe(before[0]);
    expect([second?.revokedAt, third?.id, rest]).toEqual([issued("4B").at, "m3", []]);
    expect(before[1]?.revokedAt).toBeUndefined();
    await appendFile(path, begun.slice(9));
    expect((await readRegistry(path)).map(({ id }) => id)).toEqual(["m1", "m2", "m3", "m4"]);
    await appendFile(path, "garbage\n");
    await expect(readRegistry(path)).rejects.toThrow(`${path} line 6 is not JSON`);
  });

  test.each([
    ["replaced by another file", true, [issued("5A"), issued("5B", "m2"), issued("5C", "m3")]],
    ["replaced by one that ends like it", true, [issued("5A"), issued("4B", "m2")]],
    ["written anew in its place, and longer", false, [issued("5A"), issued("5B", "m2"), issued("5C", "m3")]],
    ["written anew in its place, and as long", false, [issued("5A"), issued("5B", "m2")]],
    ["cut off", false, [issued("4A")]],
    ["emptied", false, []],
  ])("that was %s is read whole", async (_how, isOther, events) => {
    const path = join(await temporaryFolder(), "index.jsonl");
    await writeFile(path, lines(issued("4A"), issued("4B", "m2")));
    await readRegistry(path);
    await writeFile(isOther ? `${path}.new` : path, lines(...events));
    if (isOther) await rename(`${path}.new`, path);
    const serials = (await readRegistry(path)).map(({ serial }) => serial);
    expect(serials).toEqual(events.map(({ serial }) => serial));
  });

  test("holds an event on the disk before it tells of it, and of one that the disk took in part nothing", async () => {
    const path = join(await temporaryFolder(), "index.jsonl");
    const handle = await open(path, "a+");
    const prototype = Object.getPrototypeOf(handle) as Writing;
    await handle.close();
    onTestFinished(() => void vi.restoreAllMocks());
    const sync = vi.spyOn(prototype, "sync");
    await appendEvents(path, [issued("4A")]);
    expect(sync).toHaveBeenCalledOnce();
    const { write } = prototype;
    vi.spyOn(prototype, "write").mockImplementationOnce(async function (this: Writing, bytes) {
      return write.call(this, bytes.subarray(0, 30));
    });
    await expect(appendEvents(path, [issued("4B", "m2")])).rejects.toMatchObject({
      code: "registry-write",
      retryable: true,
    });
    expect(await readFile(path, "utf8")).toBe(lines(issued("4A")));
  });

  test("read by several at once is the same for each", async () => {
    const path = join(await temporaryFolder(), "index.jsonl");
    const all: string[] = [];
    for (let round = 10; round < 20; round += 1) {
      all.push(`4${round}`);
      await appendFile(path, lines(issued(`4${round}`, `m${round}`)));
      const read = await Promise.all([readRegistry(path), readRegistry(path), readRegistry(path)]);
      for (const one of read) expect(one.map(({ serial }) => serial)).toEqual(all);
    }
  });

  test("that is missing beside a CA is an error, not an empty list", async () => {
    await expect(listCertificates(join(await temporaryFolder(), "pki"), "device")).rejects.toThrow(
      /index\.jsonl is not here: start the platform once/,
    );
  });

  test("damaged stops issuing and revoking, and stays as it is", async () => {
    const dir = await temporaryPki();
    await addDevice({ dir, id: "m1" });
    const { registry } = pkiPaths(dir);
    await appendFile(registry, "{}\n");
    const before = await readFile(registry);
    await expect(addDevice({ dir, id: "m2" })).rejects.toMatchObject({ code: "registry-damaged" });
    await expect(revoke("device", { dir, id: "m1" })).rejects.toMatchObject({ code: "registry-damaged" });
    expect(await readFile(registry)).toEqual(before);
  });
});

describe("revoking", () => {
  test("is entered once, with the reason", async () => {
    const dir = await temporaryPki();
    const { certificate } = await addDevice({ dir, id: "m1" });
    expect((await revoke("device", { dir, id: "m1", reason: "stolen" })).status).toBe("revoked");
    expect((await revoke("device", { dir, id: "m1" })).status).toBe("already-revoked");
    const text = await readFile(pkiPaths(dir).registry, "utf8");
    const [, revoked, ...rest] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RegistryEvent);
    expect(revoked).toMatchObject({
      event: "revoked",
      serial: certificate.serial,
      reason: "stolen",
      spkiSha256: certificate.spkiSha256,
    });
    expect(rest).toEqual([]);
    expect(await findCertificate(dir, "device", "m1")).toMatchObject({ reason: "stolen" });
  });

  test("of a name that never had a certificate says so", async () => {
    const dir = await temporaryPki();
    await expect(revoke("device", { dir, id: "m1" })).rejects.toMatchObject({ code: "unknown" });
    await writeFile(pkiPaths(dir).registry, "");
    expect(await readRegistry(pkiPaths(dir).registry)).toEqual([]);
  });
});
