import { createSocket } from "node:dgram";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Rights } from "../src/contract/manifest.ts";
import { openExtensions, readExtensionsConfig, type Extensions } from "../src/index.ts";
import { ExtensionFolders } from "./support/extension-folder.ts";
import { fakeStore } from "./support/fake-store.ts";

// Ways around Node's permission model that are none of its own interfaces.
let folders: ExtensionFolders;
let outside: string;
let visits: string[];
const opened: Extensions[] = [];
const tcp = createServer((socket) => {
  visits.push("tcp");
  socket.destroy();
});
const local = createServer((socket) => {
  visits.push("socket file");
  socket.destroy();
});
const udp = createSocket("udp4", () => visits.push("udp"));
const places = { TCP: "", UDP: "", OUTSIDE: "", LOCAL: "" };

beforeAll(async () => {
  folders = await ExtensionFolders.make();
  outside = await mkdtemp(join(tmpdir(), "smp-outside-"));
  places.OUTSIDE = outside;
  places.LOCAL = join(outside, "control.sock");
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => local.listen(places.LOCAL, resolve));
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  places.TCP = String((tcp.address() as AddressInfo).port);
  places.UDP = String(udp.address().port);
});
beforeEach(() => (visits = []));
afterEach(async () => {
  for (const extensions of opened.splice(0)) await extensions.close();
});
afterAll(async () => {
  udp.close();
  tcp.close();
  local.close();
  await folders.remove();
  await rm(outside, { recursive: true, force: true });
});

let count = 0;
/** What came of the code in an output's process, and of half a second more. */
async function attempt(code: string, rights: Rights = {}): Promise<string> {
  const name = `escape-${++count}`;
  const placed = Object.entries(places).reduce((text, [word, place]) => text.replaceAll(word, place), code);
  const folder = await folders.write(
    { name, kind: "output", rights },
    `export default { async fetch() {
      try { ${placed}; await new Promise((resolve) => setTimeout(resolve, 500)); return new Response("it could"); }
      catch (error) { return new Response([error.message, error.code].join(" ")); } } };`,
  );
  const extensions = await openExtensions(readExtensionsConfig({ SMP_EXTENSIONS: folder }, folders.dir));
  opened.push(extensions);
  const request = new Request(`http://localhost/x/${name}/`);
  const answer = await extensions.answer(name, {
    request,
    path: "/",
    store: fakeStore(),
    sight: { canRead: () => true },
  });
  return await answer!.text();
}

/** A request object of Node's own, caught on its way into Node: native calls take it for theirs. */
const REQUEST = `
  const handle = process.stdout._handle;
  const { writeUtf8String } = handle;
  let request;
  handle.writeUtf8String = (caught) => { request = caught; return 0; };
  process.stdout.write("x");
  handle.writeUtf8String = writeUtf8String;
  if (!request) throw new Error("undefined: Node 26 makes it by itself");
  request.oncomplete = () => {};`;

test.each([
  [
    "open a connection from the thread of module hooks",
    `const { register } = await import("node:module");
     register("data:text/javascript,import net from 'node:net'; net.connect(TCP, '127.0.0.1')")`,
  ],
  [
    "open a socket of the platform in the file system by the handle of its own output",
    `${REQUEST} new handle.constructor(0).connect(request, "LOCAL")`,
  ],
  [
    "send a datagram by a socket's handle",
    `${REQUEST}
     const socket = (await import("node:dgram")).createSocket("udp4");
     const state = socket[Object.getOwnPropertySymbols(socket).find((one) => String(one).includes("state"))];
     state.handle.bind("127.0.0.1", 0, 0);
     state.handle.send(request, [Buffer.from("x")], 1, UDP, "127.0.0.1", false)`,
  ],
  ["slow the platform down", `(await import("node:os")).setPriority(process.ppid, 10)`],
  [
    "fill the disk with Node's own traces",
    `process.chdir("OUTSIDE");
     const tracing = (await import("node:trace_events")).createTracing({ categories: ["node", "v8"] });
     tracing.enable()`,
  ],
  [
    "have V8 write a file",
    `const v8 = await import("node:v8");
     v8.setFlagsFromString("--redirect-code-traces"); v8.setFlagsFromString("--trace-turbo-path=OUTSIDE")`,
  ],
  [
    "have Node write a report",
    `process.report.directory = "OUTSIDE"; process.report.writeReport("OUTSIDE/report.json")`,
  ],
  [
    "make a file as a database",
    `const sqlite = await import("node:sqlite").catch(() => { throw new Error("undefined: Node 20 has none"); });
     new sqlite.DatabaseSync("OUTSIDE/stolen.db").exec("CREATE TABLE a (b)")`,
  ],
  [
    "bind a socket that is none yet",
    `const { BoundSocket } = await import("node:net");
     if (!BoundSocket) throw new Error("undefined: this Node has none");
     new BoundSocket({ host: "127.0.0.1", port: 0 })`,
  ],
  ["read settings from a file", `process.loadEnvFile("/etc/os-release")`],
  ["have itself debugged", `(await import("node:inspector")).open(0, "127.0.0.1")`],
])("an extension cannot %s", async (_what, code) => {
  const before = await readdir(outside);
  const priority = getPriority();
  expect(await attempt(code)).toMatch(
    /may not use|restricted|denied|undefined|ERR_ACCESS_DENIED|ERR_INSPECTOR/i,
  );
  expect(visits).toEqual([]);
  expect(getPriority()).toBe(priority);
  expect(await readdir(outside)).toEqual(before);
});

test('the right "network" reaches other machines, and no socket in the file system', async () => {
  const rights = { network: true };
  expect(await attempt(`(await import("node:net")).connect(TCP, "127.0.0.1")`, rights)).toBe("it could");
  expect(visits).toEqual(["tcp"]);
  expect(await attempt(`(await import("node:net")).connect("LOCAL")`, rights)).toMatch(/may not use/);
  expect(visits).toEqual(["tcp"]);
});

test("a link that leads out of an extension's folder is refused before its code runs", async () => {
  await writeFile(join(outside, "ca.key"), "secret");
  const folder = await folders.write({ name: "linked", kind: "output" }, "export default {};");
  await symlink("index.js", join(folder, "inside.js"));
  const open = (): Promise<Extensions> =>
    openExtensions(readExtensionsConfig({ SMP_EXTENSIONS: folder }, folders.dir));
  opened.push(await open());
  for (const [name, target] of [
    ["absolute", outside],
    ["relative", "../.."],
    ["not-yet", join(outside, "not-yet")],
  ] as const) {
    await symlink(target, join(folder, name));
    await expect(open()).rejects.toThrow(/leads out of its folder/);
    await rm(join(folder, name));
  }
});
