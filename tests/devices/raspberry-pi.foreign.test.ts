import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf } from "../support/page-blocks.ts";
import { pageShell, type PageShell } from "../support/page-shell.ts";
import { freePort, until } from "../support/platform-process.ts";

// The commands of docs/devices/raspberry-pi.md and docs/devices/simulator.md, on socat's serial line and over TCP.
const KEY = "36c66639e48a8ca4d6bc8b282a793bbb";
let dir: string;
let shell: PageShell;
let latestUrl: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-pi-"));
  const [http, tcp] = [await freePort(), await freePort()];
  latestUrl = `http://127.0.0.1:${http}/latest`;
  shell = await pageShell(
    dir,
    { SMP_EDGE_HTTP_PORT: String(http) },
    // A week of telegrams in place of a year.
    { "/dev/ttyUSB0": "near", "2001": String(tcp), "2026-01-01T00:00:00Z": "2025-01-08T00:00:00Z" },
  );
});
afterAll(async () => {
  await shell?.close();
  await rm(dir, { recursive: true, force: true });
});

const [look = ""] = blocksOf("docs/devices/raspberry-pi.md").map(({ code }) => code);
const [listen = "", overTcp = "", three = "", port = "", serial = "", spans = ""] = blocksOf(
  "docs/devices/simulator.md",
).map(({ code }) => code);

/** What the page's `curl` shows, once the reader has read a telegram. */
async function expectReading(): Promise<void> {
  let shown = "";
  await until("the first telegram", async () => {
    shown = await fetch(latestUrl).then(
      (response) => response.text(),
      () => "",
    );
    return shown.includes("1-0:1.8.0");
  });
  expect(shown).toMatch(/"1-0:16\.7\.0"|"1-0:1\.7\.0"/);
}

test("a key pasted, a meter on a serial line read without a platform", async () => {
  const page = await readFile("docs/devices/simulator.md", "utf8");
  const cable = shell.type(`exec ${/`(socat pty[^`]+)`/.exec(page)?.[1] ?? "the page names no socat"}`);
  await until("the cable", () =>
    Promise.resolve(existsSync(join(dir, "near")) && existsSync(join(dir, "far"))),
  );
  const pi = shell.type(look, `${KEY}\n`);
  await until("the key's file", () => Promise.resolve(existsSync(join(dir, "meter.key"))));
  const meter = shell.type(port);
  await expectReading();
  expect((await stat(join(dir, "meter.key"))).mode & 0o777).toBe(0o600);
  await pi.interrupt();
  // The simulator's page reads the same line with its own command.
  const reader = shell.type(serial);
  await expectReading();
  for (const running of [reader, meter, cable]) await running.interrupt();
}, 90_000);

test("a meter over TCP, as ser2net gives it", async () => {
  const meter = shell.type(listen);
  await meter.says(/listen|:\d{4,5}/i);
  const reader = shell.type(overTcp);
  await expectReading();
  for (const running of [reader, meter]) await running.interrupt();
}, 90_000);

test("telegrams in files: three that `smp decode` reads, a span of days, the long night", async () => {
  expect(await shell.type(three).done()).toContain("1-0:1.8.0");
  const night = await shell.type(spans).done();
  expect(night).toMatch(/^68 ?[0-9a-f]/im);
  expect((await stat(join(dir, "year.bin"))).size).toBeGreaterThan(7 * 96 * 200);
}, 60_000);
