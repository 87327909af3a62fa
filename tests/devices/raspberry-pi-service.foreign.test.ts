import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { addDevice, initCa } from "@smp/certs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf } from "../support/page-blocks.ts";
import { pageShell, type PageShell } from "../support/page-shell.ts";
import { freePort, until } from "../support/platform-process.ts";

// "As a service" of docs/devices/raspberry-pi.md, typed on a computer whose /etc and /opt are folders: useradd, install, git and systemctl
// are Debian's own, each told of that root; npm brings what is built here; what systemd would start is started by hand.
const run = promisify(execFile);
const checkout = fileURLToPath(new URL("../../", import.meta.url));
const KEY = "36c66639e48a8ca4d6bc8b282a793bbb";
/** Where this is not root's shell, the reader's `sudo` is the real one. */
const AS_ROOT = process.getuid?.() === 0 ? "" : "/usr/bin/sudo -n ";
const [look, prepare, settings, start] = blocksOf("docs/devices/raspberry-pi.md").map(({ code }) => code);
let dir: string;
let root: string;
let shell: PageShell;
let httpPort: number;
let meterPort: number;

/** The programs that would change the machine. */
const programs = (): Record<string, string> => ({
  sudo: 'exec "$@"',
  useradd: `exec ${AS_ROOT}/usr/sbin/useradd --prefix "${root}" "$@"`,
  // The new user is known in that root only.
  install: `id=$(sed -n 's/^smp-edge:[^:]*:\\([0-9]*\\):.*/\\1/p' "${root}/etc/passwd")
for word do shift; [ "$word" = smp-edge ] && word=$id; set -- "$@" "$word"; done
exec ${AS_ROOT}/usr/bin/install "$@"`,
  git: `exec /usr/bin/git -c "url.${checkout}.insteadOf=https://github.com/smart-meter-platform/smart-meter-platform" "$@"`,
  npm: `case "$*" in
ci) ln -s "${checkout}node_modules" . ;;
"run build") for part in . */; do [ ! -d "${checkout}$part/dist" ] || ln -s "${checkout}$part/dist" "$part/dist"; done ;;
*) echo "npm $*?" >&2; exit 1 ;;
esac`,
  systemctl: `case "$1" in
daemon-reload) [ $# = 1 ] ;;
*) ${AS_ROOT}/usr/bin/systemctl "--root=${root}" "$@" 2>&1 ;;
esac`,
  journalctl: `[ "$1" = -u ] && [ -e "${root}/etc/systemd/system/$2.service" ]`,
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-pi-service-"));
  root = join(dir, "root");
  [httpPort, meterPort] = [await freePort(), await freePort()];
  shell = await pageShell(
    dir,
    {},
    { "/etc/": `${root}/etc/`, "/opt/": `${root}/opt/`, "--now": "" },
    programs(),
  );
  for (const folder of ["etc/systemd/system", "opt", "var/lib"])
    await mkdir(join(root, folder), { recursive: true });
  for (const file of ["passwd", "group", "shadow", "gshadow"]) await writeFile(join(root, "etc", file), "");
  // What its reader has: the meter's key, and the certificate's folder.
  await writeFile(join(dir, "meter.key"), `${KEY}\n`);
  const pki = join(dir, "pki");
  await initCa({ dir: pki });
  await addDevice({ dir: pki, id: "house-7" });
  await cp(join(pki, "devices/house-7"), join(dir, "house-7"), { recursive: true });
}, 60_000);
afterAll(async () => {
  await shell?.close();
  await run("sh", ["-c", `${AS_ROOT}rm -rf "${root}"`]);
  await rm(dir, { recursive: true, force: true });
});

test("a user, folders, files and the unit are installed, and the service is enabled", async () => {
  expect(look).toContain("meter.key");
  await shell.type(prepare ?? "").done();
  const [, , id, , , home, login] = (await readFile(join(root, "etc/passwd"), "utf8")).trim().split(":");
  expect([home, login]).toEqual(["/var/lib/smp-edge", "/usr/sbin/nologin"]);
  await writeFile(
    join(dir, "edge.yaml"),
    (settings ?? "")
      .replaceAll("/etc/", `${root}/etc/`)
      .replaceAll("/var/lib/", `${root}/var/lib/`)
      .replace("9110", String(httpPort))
      .replace("10.0.0.5:2001", `127.0.0.1:${meterPort}`),
  );
  await shell.type(start ?? "").done();
  const modeOf = async (path: string): Promise<string> => {
    const { mode, uid } = await stat(join(root, path));
    return `${(mode & 0o777).toString(8)} ${String(uid) === id ? "its own" : uid}`;
  };
  for (const folder of ["etc/smp-edge", "etc/smp-edge/certs"])
    expect(await modeOf(folder)).toBe("700 its own");
  for (const file of ["main.key", "edge.yaml", "certs/ca.crt", "certs/client.crt", "certs/client.key"])
    expect(await modeOf(`etc/smp-edge/${file}`), file).toBe("600 its own");
  expect(await modeOf("etc/systemd/system/smp-edge.service")).toBe("644 0");
  expect(await readlink(join(root, "etc/systemd/system/multi-user.target.wants/smp-edge.service"))).toBe(
    "/etc/systemd/system/smp-edge.service",
  );
}, 60_000);

test("systemd takes the unit, and says what is wrong with another", async () => {
  const unit = join(dir, "smp-edge.service");
  const text = await readFile(join(root, "etc/systemd/system/smp-edge.service"), "utf8");
  await writeFile(unit, text.replace("/usr/bin/node", process.execPath));
  const { stdout, stderr } = await run("systemd-analyze", ["verify", unit]);
  expect(stdout + stderr).not.toMatch(/smp-edge\.service/);
  await writeFile(unit, text.replace("Restart=always", "Restart=ever"));
  expect((await run("systemd-analyze", ["verify", unit])).stderr).toMatch(/smp-edge\.service.*ever/);
}, 60_000);

test("an adapter that comes only after the start is let in: the drivers of those that unplug are loaded before", async () => {
  const unit = await readFile(join(root, "etc/systemd/system/smp-edge.service"), "utf8");
  const listOf = (name: string): string[] =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].flatMap(([, words = ""]) => words.split(" "));
  const DRIVERS = { "char-ttyUSB": "usbserial", "char-ttyACM": "cdc_acm" };
  for (const [group, driver] of Object.entries(DRIVERS)) {
    expect(listOf("DeviceAllow")).toContain(group);
    for (const name of ["Wants", "After"]) expect(listOf(name)).toContain(`modprobe@${driver}.service`);
  }
});

test("what the unit starts, in the folder that it names, reads the meter", async () => {
  const unit = await readFile(join(root, "etc/systemd/system/smp-edge.service"), "utf8");
  const of = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const meter = shell.type(`npx smp simulate --listen ${meterPort} --key ${KEY}`);
  await meter.says(new RegExp(`${meterPort}`));
  const command = of("ExecStart").replace("/usr/bin/node", `"${process.execPath}"`);
  const service = shell.type(`cd ${of("WorkingDirectory")} && exec ${AS_ROOT}${command}`);
  let latest = "";
  await until("a telegram of the heat pump's meter", async () => {
    latest = await fetch(`http://127.0.0.1:${httpPort}/latest`).then(
      (response) => response.text(),
      () => service.said(),
    );
    return latest.includes("1-0:1.8.0");
  });
  expect(service.said()).toMatch(/usb-FTDI/);
  for (const running of [service, meter]) await running.interrupt();
}, 90_000);
