import { readFile } from "node:fs/promises";
import { hostname, networkInterfaces, type NetworkInterfaceInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { initCa } from "../../src/authority/authority.ts";
import { ownAddress, ownNames } from "../../src/leaf/own-names.ts";
import { temporaryFolder } from "../pki-folder.ts";
import { smp } from "../smp.ts";

vi.mock("node:os", async (original) => ({
  ...(await original<object>()),
  hostname: vi.fn<() => string>(),
  networkInterfaces: vi.fn<() => NodeJS.Dict<NetworkInterfaceInfo[]>>(),
}));

const address = (text: string, family: "IPv4" | "IPv6", internal = false): NetworkInterfaceInfo =>
  ({ address: text, family, internal }) as NetworkInterfaceInfo;

beforeEach(() => {
  vi.mocked(hostname).mockReturnValue("attic");
  vi.mocked(networkInterfaces).mockReturnValue({
    lo: [address("127.0.0.1", "IPv4", true)],
    docker0: [address("172.17.0.1", "IPv4")],
    eth0: [address("192.168.1.20", "IPv4"), address("fe80::1", "IPv6")],
  });
});
afterEach(() => void vi.restoreAllMocks());

describe("this computer, as devices in its network call it", () => {
  test("has its name, its name in mDNS and its addresses, those of containers last", () => {
    expect(ownNames()).toEqual(["attic", "attic.local", "192.168.1.20", "172.17.0.1"]);
    vi.mocked(hostname).mockReturnValue("attic.example");
    expect(ownNames().slice(0, 2)).toEqual(["attic.example", "192.168.1.20"]);
  });

  test("is reached under its first address, or without a network under its name", () => {
    expect(ownAddress()).toBe("192.168.1.20");
    vi.mocked(networkInterfaces).mockReturnValue({ lo: [address("127.0.0.1", "IPv4", true)] });
    expect(ownAddress()).toBe("attic");
  });
});

describe("the broker in a ready file", () => {
  const add = async (...flags: string[]): Promise<{ data: string; stderr: string }> => {
    const data = await temporaryFolder();
    await initCa({ dir: join(data, "pki") });
    return { data, stderr: (await smp("device", "add", "board", "--data", data, ...flags)).stderr };
  };

  test("for a board is this computer's address, because localhost would be the board itself; the command says so", async () => {
    const { data, stderr } = await add("--for", "esp32");
    expect(stderr).toContain("In it the broker is 192.168.1.20: --host NAME says otherwise.");
    expect(await readFile(join(data, "pki/devices/board/secrets.h"), "utf8")).toContain(
      '#define SMP_HOST "192.168.1.20"',
    );
  });

  test("for a program is localhost, and whatever --host says", async () => {
    const { data } = await add("--for", "vzlogger");
    const file = join(data, "pki/devices/board/vzlogger.conf");
    expect(await readFile(file, "utf8")).toContain('"host": "localhost"');
    const other = await add("--for", "esp32", "--host", "meter.example");
    expect(other.stderr).not.toContain("--host NAME");
    expect(await readFile(join(other.data, "pki/devices/board/secrets.h"), "utf8")).toContain(
      '#define SMP_HOST "meter.example"',
    );
  });

  test("is a name of the broker's certificate where that lacks the usual one, as in a container", async () => {
    const data = await temporaryFolder();
    await initCa({ dir: join(data, "pki") });
    await smp("service", "add", "broker", "--dns", "localhost", "meters.example.org", "--data", data);
    const tested = await smp("device", "add", "kitchen", "--data", data);
    expect(tested.stdout).toMatch(/^mosquitto_pub -h localhost /);
    const board = await smp("device", "add", "board", "--for", "esp32", "--data", data);
    expect(board.stderr).toContain("In it the broker is meters.example.org: --host NAME says otherwise.");
    expect((await smp("invite", "house-7", "--data", data)).stderr).toContain(
      "--url https://meters.example.org:8085 ",
    );
    await smp("service", "add", "broker", "--force", "--dns", "meters.example.org", "--data", data);
    const afterwards = await smp("device", "add", "attic", "--data", data);
    expect(afterwards.stdout).toMatch(/^mosquitto_pub -h meters\.example\.org /);
  });

  test("comes with the word that its messages need an input, unless one was named", async () => {
    const { stderr } = await add("--for", "vzlogger");
    expect(stderr).toContain("the same command with --input vzlogger --force");
    expect((await add("--for", "vzlogger", "--input", "vzlogger")).stderr).not.toContain("--input");
    expect((await add("--for", "esp32")).stderr).not.toContain("--input");
  });
});
