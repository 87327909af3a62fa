import { createPublicKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectPlain } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { renewCa } from "../../src/authority/renewal.ts";
import { openAuthority } from "../../src/authority/authority.ts";
import { createCertificate } from "../../src/x509/certificate.ts";
import { hashOf, invite, readInvitations, withdrawInvitations } from "../../src/est/invitations.ts";
import { rateLimit } from "../../src/est/rate.ts";
import { addConsumer, addDevice } from "../../src/leaf/issue.ts";
import { pkiPaths } from "../../src/folder/paths.ts";
import { readRegistry, stateOf } from "../../src/folder/registry.ts";
import { revoke } from "../../src/leaf/revoke.ts";
import { validity } from "../../src/x509/validity.ts";
import { ask, certificatesOf, enrolled, startServer, type Est, type Identity } from "./est-client.ts";
import { daysFromNow, newKey, newRequest, temporaryPki } from "../pki-folder.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const invited = async ({ dir }: Est, id: string, ttlMs = HOUR_MS): Promise<string> =>
  `${id}:${(await invite({ dir, id, ttlMs })).code}`;
const csrFor = async (name: string, options?: Parameters<typeof newRequest>[1]): Promise<Buffer> =>
  readFile((await newRequest(name, options)).request);
const statesOf = async ({ dir }: Est, at: Date = new Date()): Promise<string[]> =>
  (await readRegistry(pkiPaths(dir).registry))
    .filter(({ role }) => role === "device")
    .map((one) => stateOf(one, at));
const identityOf = async (files: { cert: string; key: string }): Promise<Identity> => ({
  cert: await readFile(files.cert, "utf8"),
  key: await readFile(files.key, "utf8"),
});
/** A clock that a test moves. */
const clock = (): { now: () => Date; forward: (ms: number) => void } => {
  let offsetMs = 0;
  return { now: () => new Date(Date.now() + offsetMs), forward: (ms) => void (offsetMs += ms) };
};

describe("an invited device", () => {
  test("gets its certificate for a key that never left it", async () => {
    const est = await startServer();
    const { x509 } = await enrolled(est, "kitchen", { days: 90 });
    expect(x509.subject).toBe("CN=kitchen");
    expect(x509.subjectAltName).toBe("URI:urn:smp:device:kitchen");
    expect(Math.round((Date.parse(x509.validTo) - Date.now()) / DAY_MS)).toBe(90);
    expect(await statesOf(est)).toEqual(["active"]);
    expect((await readInvitations(est.dir)).map(({ state }) => state)).toEqual(["used"]);
    expect(await readFile(pkiPaths(est.dir).invitations, "utf8")).not.toMatch(/"code":/);
    expect(est.lines).toEqual(["issued a certificate for kitchen"]);
  });

  test("is told whom to trust, in the form of RFC 7030", async () => {
    const est = await startServer();
    const answer = await ask(est, "cacerts", { method: "GET" });
    expect(answer).toMatchObject({
      status: 200,
      headers: { "content-type": "application/pkcs7-mime", "content-transfer-encoding": "base64" },
    });
    const [root, issuing, ...rest] = await certificatesOf(answer);
    expect(root?.raw).toEqual(new X509Certificate(await readFile(join(est.dir, "ca.crt"))).raw);
    expect(issuing?.subject).toBe("CN=Smart Meter Platform Device CA");
    expect(rest).toEqual([]);
    expect((await ask(est, "csrattrs", { method: "GET" })).status).toBe(204);
  });

  test("may type its code in capitals, with blanks, and O for 0", async () => {
    const est = await startServer();
    await addConsumer({ dir: est.dir, id: "kitchen" });
    await revoke("consumer", { dir: est.dir, id: "kitchen" });
    const { code } = await invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS });
    const others = await Promise.all(["a", "b", "c"].map(async (id) => invited(est, id)));
    // Of 32 letters; fewer would be guessed sooner.
    expect(new Set(others.map((user) => user.slice(2)).join("")).size).toBeGreaterThan(17);
    expect(code).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){6}[0-9a-hjkmnp-tv-z]{4}$/);
    const typed = code.toUpperCase().replaceAll("-", " ").replaceAll("0", "O").replaceAll("1", "L");
    const answer = await ask(est, "simpleenroll", { body: await csrFor("x"), user: `kitchen:${typed}` });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/pkcs7-mime; smime-type=certs-only");
    expect(hashOf("OoLl-iI")).toBe(hashOf("001111"));
  });

  test("takes the place of a former one only if its operator said so", async () => {
    const est = await startServer();
    await enrolled(est, "kitchen");
    await expect(invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS })).rejects.toMatchObject({
      code: "exists",
    });
    const { code } = await invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS, force: true });
    const body = await csrFor("kitchen");
    expect((await ask(est, "simpleenroll", { body, user: `kitchen:${code}` })).status).toBe(200);
    expect(await statesOf(est)).toEqual(["revoked", "active"]);
  });

  test("takes it though that renewed itself since the invitation", async () => {
    const est = await startServer();
    const identity = await enrolled(est, "kitchen");
    const { code } = await invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS, force: true });
    await enrolled(est, "cellar");
    await revoke("device", { dir: est.dir, id: "cellar" });
    await addConsumer({ dir: est.dir, id: "kitchen" });
    await revoke("consumer", { dir: est.dir, id: "kitchen" });
    // The second one supersedes the first.
    for (let renewal = 0; renewal < 2; renewal++)
      await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity });
    const body = await csrFor("kitchen");
    expect((await ask(est, "simpleenroll", { body, user: `kitchen:${code}` })).status).toBe(200);
    expect(await statesOf(est)).toEqual(["revoked", "revoked", "revoked", "revoked", "active"]);
  });
});

describe("N21: an enrolment code used twice", () => {
  test("is refused the second time, for the same request and for another", async () => {
    const est = await startServer();
    const user = await invited(est, "kitchen");
    const body = await csrFor("kitchen");
    expect((await ask(est, "simpleenroll", { body, user })).status).toBe(200);
    for (const again of [body, await csrFor("kitchen")]) {
      const answer = await ask(est, "simpleenroll", { body: again, user });
      expect(answer).toMatchObject({
        status: 401,
        text: expect.stringContaining("was used already") as string,
      });
      expect(answer.headers["www-authenticate"]).toMatch(/^Basic realm=/);
    }
    expect(await statesOf(est)).toEqual(["active"]);
  });

  test("at the same time by eight is good for one", async () => {
    const est = await startServer();
    const user = await invited(est, "kitchen");
    const bodies = await Promise.all(Array.from({ length: 8 }, () => csrFor("kitchen")));
    const answers = await Promise.all(bodies.map((body) => ask(est, "simpleenroll", { body, user })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await statesOf(est)).toEqual(["active"]);
  });
});

describe("N22: a code that is not good for this", () => {
  test("expired", async () => {
    let atMs = Date.now();
    const est = await startServer({ now: () => new Date(atMs) });
    const [late, inTime] = [await invited(est, "kitchen"), await invited(est, "cellar")];
    const [{ expires } = { expires: "" }] = await readInvitations(est.dir);
    atMs = Date.parse(expires);
    const answer = await ask(est, "simpleenroll", { body: await csrFor("kitchen"), user: late });
    expect(answer).toMatchObject({ status: 401, text: expect.stringContaining("was good until") as string });
    atMs -= 1;
    expect((await ask(est, "simpleenroll", { body: await csrFor("cellar"), user: inTime })).status).toBe(200);
  });

  test("for another device, and that device's is still good", async () => {
    const est = await startServer();
    const user = await invited(est, "kitchen");
    const body = await csrFor("cellar");
    const stolen = user.replace("kitchen", "cellar");
    expect((await ask(est, "simpleenroll", { body, user: stolen })).status).toBe(401);
    expect((await ask(est, "simpleenroll", { body, user })).status).toBe(200);
  });

  test("withdrawn, replaced by a newer one, made up, or missing", async () => {
    const est = await startServer();
    const body = await csrFor("kitchen");
    const other = await invited(est, "cellar");
    const first = await invited(est, "kitchen");
    await withdrawInvitations(est.dir, "kitchen");
    const second = await invited(est, "kitchen");
    await invited(est, "kitchen");
    for (const user of [first, second, "kitchen:0000-0000", "kitchen:", undefined])
      expect((await ask(est, "simpleenroll", { body, ...(user === undefined ? {} : { user }) })).status).toBe(
        401,
      );
    expect(await statesOf(est)).toEqual([]);
    expect((await ask(est, "simpleenroll", { body, user: other })).status).toBe(200);
    for (const wrong of [{ ttlMs: 30 * DAY_MS + 1 }, { ttlMs: HOUR_MS, days: 398 }])
      await expect(invite({ dir: est.dir, id: "attic", ...wrong })).rejects.toMatchObject({ code: "config" });
  });

  test("of a device that was revoked after it was invited", async () => {
    const est = await startServer();
    await enrolled(est, "kitchen");
    const { code } = await invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS, force: true });
    await revoke("device", { dir: est.dir, id: "kitchen" });
    const body = await csrFor("kitchen");
    const answer = await ask(est, "simpleenroll", { body, user: `kitchen:${code}` });
    expect(answer).toMatchObject({ status: 401, text: expect.stringContaining("revoked since") as string });
    await expect(invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS })).rejects.toMatchObject({
      code: "revoked",
    });
  });
});

test("N23: a request over EST for other names, a CA and serverAuth gets the profile of the invited device", async () => {
  const est = await startServer();
  const user = await invited(est, "m7");
  const body = await csrFor("admin", {
    san: "URI:urn:smp:device:victim,DNS:localhost",
    extensions: ["basicConstraints=critical,CA:TRUE", "extendedKeyUsage=serverAuth"],
  });
  const [x509] = await certificatesOf(await ask(est, "simpleenroll", { body, user }));
  expect(x509).toMatchObject({ subject: "CN=m7", subjectAltName: "URI:urn:smp:device:m7", ca: false });
  expect(x509?.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
});

describe("a request that is refused", () => {
  test("N24: for its signature, over EST, does not use the code up", async () => {
    const est = await startServer();
    const user = await invited(est, "kitchen");
    const good = await csrFor("kitchen");
    const der = Buffer.from(good.toString().replaceAll(/-----[A-Z ]+-----/g, ""), "base64");
    der[der.indexOf("kitchen")] = 0x4b;
    const answer = await ask(est, "simpleenroll", { body: der.toString("base64"), user });
    expect(answer).toMatchObject({
      status: 400,
      text: expect.stringContaining("not signed by its own key") as string,
    });
    expect((await ask(est, "simpleenroll", { body: good, user })).status).toBe(200);
  });

  test("N25: for its key, over EST", async () => {
    const est = await startServer();
    const user = await invited(est, "kitchen");
    const key = await newKey(["genrsa", "1024"]);
    const answer = await ask(est, "simpleenroll", { body: await csrFor("kitchen", { key }), user });
    expect(answer).toMatchObject({
      status: 400,
      text: expect.stringContaining("must be on the curve P-256") as string,
    });
  });

  test("for its size, its type, or because it is none", async () => {
    const est = await startServer();
    const user = await invited(est, "kitchen");
    const post = (body: Buffer | string, type?: string): ReturnType<typeof ask> =>
      ask(est, "simpleenroll", { body, user, ...(type === undefined ? {} : { type }) });
    expect((await post(Buffer.alloc(20_000, 65))).status).toBe(413);
    expect((await post("x", "application/x-www-form-urlencoded")).status).toBe(415);
    expect((await post("")).status).toBe(400);
    expect((await ask(est, "/", { method: "GET" })).status).toBe(404);
    expect((await ask(est, "/healthz", { method: "GET" })).text).toBe("ok\n");
  });

  test("because the CA for devices has ended is to come back, and is not kept out for that", async () => {
    let at = new Date();
    const est = await startServer({ now: () => at });
    expect(await est.health()).toEqual({ ok: true });
    at = daysFromNow(1_827);
    expect(await est.health()).toMatchObject({ ok: false, detail: expect.stringContaining("smp ca renew") });
    const { code } = await invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS, now: at });
    const body = await csrFor("kitchen");
    // More than may fail in a minute, and more than may wait at a time.
    for (let attempt = 0; attempt < 3; attempt++) {
      const answers = await Promise.all(
        Array.from({ length: 22 }, () => ask(est, "simpleenroll", { body, user: `kitchen:${code}` })),
      );
      for (const { status, headers } of answers)
        expect([status, headers["retry-after"]]).toEqual([503, "60"]);
    }
    // Of one address 120 requests are answered within a minute.
    const more = Array.from({ length: 60 }, () => ask(est, "/healthz", { method: "GET" }));
    const statuses = (await Promise.all(more)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(6);
  });

  test("before the clock was set back does not keep an address out until it has caught up", () => {
    let nowMs = Date.UTC(2027, 0, 1);
    const failures = rateLimit({ burst: 1, perMinute: 10 }, () => nowMs);
    expect([failures.take("10.0.0.7"), failures.isSpent("10.0.0.7")]).toEqual([true, true]);
    nowMs -= 86_400_000;
    expect(failures.isSpent("10.0.0.7")).toBe(false);
    expect([failures.take("10.0.0.7"), failures.isSpent("10.0.0.7")]).toEqual([true, true]);
  });

  test("is counted for 10,000 addresses, the newest, and no quiet time saves up more than the burst", () => {
    let nowMs = Date.UTC(2027, 0, 1);
    const failures = rateLimit({ burst: 2, perMinute: 10 }, () => nowMs);
    const takes = (key: string): boolean[] => Array.from({ length: 3 }, () => failures.take(key));
    expect(takes("first")).toEqual([true, true, false]);
    nowMs += 3_600_000;
    expect(takes("first")).toEqual([true, true, false]);
    for (let address = 1; address < 10_000; address++) failures.take(String(address));
    failures.take("first");
    failures.take("one more");
    expect(failures.isSpent("first")).toBe(true);
    for (let address = 1; address < 10_000; address++) failures.take(`later ${address}`);
    expect(failures.isSpent("first")).toBe(false);
  });

  test("ten times from one address is not listened to for a while", async () => {
    const est = await startServer();
    const body = await csrFor("kitchen");
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++)
      statuses.push((await ask(est, "simpleenroll", { body, user: "kitchen:wrong" })).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    const user = await invited(est, "kitchen");
    const answer = await ask(est, "simpleenroll", { body, user });
    expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "6"]);
  });
});

describe("re-enrolment", () => {
  test("gives the next certificate, of the same life; the present one counts until it expires", async () => {
    const { now, forward } = clock();
    const est = await startServer({ now });
    const identity = await enrolled(est, "kitchen", { days: 30 });
    await addDevice({ dir: est.dir, id: "cellar", days: 90 });
    forward(20 * DAY_MS);
    const answer = await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity });
    expect(answer.status).toBe(200);
    const [x509] = await certificatesOf(answer);
    expect(x509?.subjectAltName).toBe("URI:urn:smp:device:kitchen");
    expect(Math.round((Date.parse(x509!.validTo) - now().getTime()) / DAY_MS)).toBe(30);
    expect(await statesOf(est, now())).toEqual(["active", "active", "active"]);
  });

  test("does not go on with the life of a certificate that was cut short by the end of its CA", async () => {
    const est = await startServer();
    const add = { dir: est.dir, id: "kitchen", force: true };
    for (const days of [1, 30, 2]) await addDevice({ ...add, days });
    const identity = await identityOf(pkiPaths(est.dir).bundle("device", "kitchen").files);
    const [x509] = await certificatesOf(
      await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity }),
    );
    expect(Math.round((Date.parse(x509!.validTo) - Date.now()) / DAY_MS)).toBe(30);
  });

  test("with a certificate that is not valid yet is refused: one of the clocks is wrong", async () => {
    const { now, forward } = clock();
    const est = await startServer({ now });
    const identity = await enrolled(est, "kitchen");
    forward(-2 * HOUR_MS);
    const early = await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity });
    expect(early).toMatchObject({ status: 403, text: expect.stringContaining("set the clocks") as string });
  });

  test("and an invitation keep the input that reads the device's foreign payloads", async () => {
    const est = await startServer();
    const { files } = await addDevice({ dir: est.dir, id: "plug", input: "shelly-em" });
    await addDevice({ dir: est.dir, id: "gas", input: "mbus" });
    const identity = await identityOf(files);
    expect((await ask(est, "simplereenroll", { body: await csrFor("plug"), identity })).status).toBe(200);
    const { code } = await invite({ dir: est.dir, id: "plug", ttlMs: HOUR_MS, force: true });
    const answer = await ask(est, "simpleenroll", { body: await csrFor("plug"), user: `plug:${code}` });
    expect(answer.status).toBe(200);
    await addDevice({ dir: est.dir, id: "plug", force: true });
    const registered = await readRegistry(pkiPaths(est.dir).registry);
    expect(registered.filter(({ id }) => id === "plug").map(({ input }) => input)).toEqual(
      Array.from({ length: 4 }, () => "shelly-em"),
    );
  });

  test("may keep its key, and leave its names away", async () => {
    const est = await startServer();
    const identity = await enrolled(est, "kitchen");
    expect((await ask(est, "simplereenroll", { body: identity.csr, identity })).status).toBe(200);
    const key = await newKey();
    const nameless = await csrFor("", { key });
    expect((await ask(est, "simplereenroll", { body: nameless, identity })).status).toBe(200);
    const other = await enrolled(est, "cellar");
    const refused = await ask(est, "simplereenroll", { body: nameless, identity: other });
    expect(refused).toMatchObject({
      status: 403,
      text: expect.stringContaining("of device kitchen") as string,
    });
  });

  test("whose answer was lost is made again, and the lost certificate ends", async () => {
    const est = await startServer();
    const identity = await enrolled(est, "kitchen");
    await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity });
    await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity });
    expect(await statesOf(est)).toEqual(["active", "revoked", "active"]);
    // A certificate that another one took the place of is no reason to refuse the device when all have expired.
    await invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS, now: daysFromNow(400) });
  });

  test("with an expired certificate works for 30 days, and not if that is switched off", async () => {
    const { now, forward } = clock();
    const est = await startServer({ now });
    const identity = await enrolled(est, "kitchen", { days: 1 });
    const strict = await startServer({ dir: est.dir, now, graceDays: 0 });
    forward(30 * DAY_MS);
    const refused = await ask(strict, "simplereenroll", { body: await csrFor("kitchen"), identity });
    expect(refused).toMatchObject({
      status: 403,
      text: expect.stringContaining("smp invite kitchen") as string,
    });
    expect((await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity })).status).toBe(200);
    forward(DAY_MS + HOUR_MS);
    const late = await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity });
    expect(late).toMatchObject({
      status: 403,
      text: expect.stringContaining("more than 30 days ago") as string,
    });
  });

  test("of a device whose CA was replaced works on", async () => {
    const dir = await temporaryPki();
    const identity = await enrolled(await startServer({ dir }), "kitchen");
    await renewCa({ dir, authority: "issuing-device" });
    const est = await startServer({ dir });
    expect((await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity })).status).toBe(200);
  });

  test("is by the new CA once that was renewed, without a restart", async () => {
    const est = await startServer({ filesMs: 20 });
    await renewCa({ dir: est.dir, authority: "issuing-device" });
    const renewed = new X509Certificate(await readFile(pkiPaths(est.dir).authority("issuing-device").cert));
    await expect
      .poll(() => est.lines, { timeout: 5_000 })
      .toContainEqual(expect.stringContaining("renewed CA"));
    expect((await enrolled(est, "kitchen")).x509.verify(renewed.publicKey)).toBe(true);
  });

  test("more than five times within a minute is put off", async () => {
    const est = await startServer();
    const identity = await enrolled(est, "kitchen");
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++)
      statuses.push((await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test("without a certificate says what is missing", async () => {
    const est = await startServer();
    const answer = await ask(est, "simplereenroll", { body: await csrFor("kitchen") });
    expect(answer).toMatchObject({
      status: 403,
      text: expect.stringContaining("present certificate") as string,
    });
  });
});

describe("N26: re-enrolment as somebody else", () => {
  test.each([
    ["another common name", "cellar", {}],
    ["another URI", "kitchen", { san: "URI:urn:smp:device:cellar" }],
    ["a consumer's URI", "kitchen", { san: "URI:urn:smp:consumer:kitchen" }],
  ])("with %s is refused", async (_case, name, options) => {
    const est = await startServer();
    const identity = await enrolled(est, "kitchen");
    await enrolled(est, "cellar");
    const answer = await ask(est, "simplereenroll", { body: await csrFor(name, options), identity });
    expect(answer).toMatchObject({
      status: 403,
      text: expect.stringContaining("a device renews itself only") as string,
    });
  });

  test("with the key of another device is refused", async () => {
    const est = await startServer();
    const identity = await enrolled(est, "kitchen");
    const { csr } = await enrolled(est, "cellar");
    const key = await newKey();
    const body = await csrFor("kitchen", { key });
    expect((await ask(est, "simplereenroll", { body: csr, identity })).status).toBe(403);
    expect((await ask(est, "simplereenroll", { body, identity })).status).toBe(200);
  });

  test("with a consumer's or a server's certificate, of this CA, is refused", async () => {
    const est = await startServer();
    const { files } = await addConsumer({ dir: est.dir, id: "kitchen" });
    const server = pkiPaths(est.dir).bundle("service", "broker").files;
    for (const identity of [await identityOf(files), await identityOf(server)])
      expect((await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity })).status).toBe(
        403,
      );
  });

  test("with a certificate of another CA of the same names, or one the registry does not know, is refused", async () => {
    const est = await startServer();
    await addDevice({ dir: est.dir, id: "kitchen" });
    const foreign = await addDevice({ dir: await temporaryPki(), id: "kitchen" });
    const key = await newKey();
    const issuer = await openAuthority(pkiPaths(est.dir), "issuing-device", undefined);
    const unknown = createCertificate(
      { commonName: "kitchen", publicKey: createPublicKey(await readFile(key)), ...validity(new Date(), 1) },
      {
        kind: "leaf",
        extendedKeyUsage: "clientAuth",
        names: { uri: "urn:smp:device:kitchen", dns: [], ip: [] },
      },
      issuer,
    );
    const answers = [
      await ask(est, "simplereenroll", {
        body: await csrFor("kitchen"),
        identity: await identityOf(foreign.files),
      }),
      await ask(est, "simplereenroll", {
        body: await csrFor("kitchen"),
        identity: { key: await readFile(key, "utf8"), cert: unknown },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    expect(answers.map(({ text }) => text)).toEqual([
      expect.stringContaining("not issued by this platform's CA"),
      expect.stringContaining("not in the registry"),
    ]);
  });
});

describe("N27: a revoked device", () => {
  test("does not re-enrol, with any of its certificates, nor with a new key", async () => {
    const est = await startServer();
    const first = await enrolled(est, "kitchen");
    const answer = await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity: first });
    const [second] = await certificatesOf(answer);
    expect(second?.serialNumber).not.toBe(first.x509.serialNumber);
    await revoke("device", { dir: est.dir, id: "kitchen", reason: "stolen" });
    const refused = await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity: first });
    expect(refused).toMatchObject({ status: 403, text: expect.stringContaining("was revoked on") as string });
    expect(await statesOf(est)).toEqual(["revoked", "revoked"]);
  });

  test("does not come back with a code and the key that was revoked", async () => {
    const est = await startServer();
    const { csr } = await enrolled(est, "kitchen");
    await revoke("device", { dir: est.dir, id: "kitchen", reason: "stolen" });
    const { code } = await invite({ dir: est.dir, id: "kitchen", ttlMs: HOUR_MS, force: true });
    const user = `kitchen:${code}`;
    const refused = await ask(est, "simpleenroll", { body: csr, user });
    expect(refused).toMatchObject({ status: 403, text: expect.stringContaining("make a new key") as string });
    expect((await ask(est, "simpleenroll", { body: await csrFor("kitchen"), user })).status).toBe(200);
  });

  test("whose certificate was superseded long ago does not come back with it", async () => {
    const est = await startServer();
    const first = await enrolled(est, "kitchen");
    await addDevice({ dir: est.dir, id: "kitchen", force: true });
    const refused = await ask(est, "simplereenroll", { body: await csrFor("kitchen"), identity: first });
    expect(refused).toMatchObject({
      status: 403,
      text: expect.stringContaining("because a newer one was issued") as string,
    });
  });
});

test("of one address a hundred connections are held, and no more", async () => {
  const est = await startServer();
  const sockets = Array.from({ length: 101 }, () => connectPlain(est.port, "127.0.0.1").resume());
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.race(sockets.map(async (socket) => once(socket, "close")));
  expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(1);
});

describe("requests whose bodies do not come", () => {
  test("hold nobody's place, however many they are", async () => {
    const est = await startServer();
    const user = await invited(est, "kitchen");
    const ca = await readFile(join(est.dir, "ca.crt"));
    const head = [
      "POST /.well-known/est/simpleenroll HTTP/1.1",
      "Host: localhost",
      "Content-Type: application/pkcs10",
      "Content-Length: 500",
      "Expect: 100-continue",
    ];
    const stalled = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const socket = connect({ port: est.port, host: "127.0.0.1", ca, servername: "localhost" });
        socket.on("error", () => undefined);
        socket.write(`${head.join("\r\n")}\r\n\r\n`);
        // The server has the request's head now.
        await new Promise((resolve) => socket.once("data", resolve));
        return socket;
      }),
    );
    const answer = await ask(est, "simpleenroll", { body: await csrFor("kitchen"), user });
    for (const socket of stalled) socket.destroy();
    expect(answer.status).toBe(200);
  });
});
