import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { blocksOf, type Block } from "../support/page-blocks.ts";

// Every fenced block of the pages for hardware: which test runs it, or why none does. A new block must find its place here.
const run = promisify(execFile);
const COMMANDS = "tests/devices/commands.foreign.test.ts";
const PLATFORMS = "tests/devices/platform-commands.foreign.test.ts";
const EXTEND = "tests/devices/extend-pages.foreign.test.ts";
const PI = "tests/devices/raspberry-pi.foreign.test.ts";

/** A block by its language and first words; `in` names the test that runs it, `not` why that cannot be. */
interface Place {
  info: string;
  begins: string;
  in?: string;
  not?: string;
}
const block = (info: string, begins: string, where: string): Place => ({ info, begins, in: where });
const cannot = (info: string, begins: string, not: string): Place => ({ info, begins, not });

const PAGES: Readonly<Record<string, readonly Place[]>> = {
  "docs/devices/README.md": [],
  "docs/devices/conformance.md": [block("sh", "npx smp conform", COMMANDS)],
  "docs/devices/esp32.md": [
    block("sh", "npx smp device add my-device --for esp32", COMMANDS),
    block("cpp", "sm::Cbor reading", "tests/devices/esp32.foreign.test.ts"),
    block("text", "a3 61 76", "tests/devices/esp32.foreign.test.ts"),
  ],
  "docs/devices/esphome.md": [
    block("sh", "npx smp device add my-device --for esphome", COMMANDS),
    block("yaml", "esphome:", "tests/devices/esphome.foreign.test.ts"),
  ],
  "docs/devices/mosquitto.md": [
    block("sh", "npx smp device add my-device", "tests/mosquitto.foreign.test.ts"),
    block("sh", "my=data/pki", "tests/mosquitto.foreign.test.ts"),
    block("sh", "my=data/pki", "tests/mosquitto.foreign.test.ts"),
    block("sh", "curl -s", "tests/mosquitto.foreign.test.ts"),
  ],
  "docs/devices/node-red.md": [
    block("sh", "npx smp device add my-flow", "tests/devices/node-red.foreign.test.ts"),
    block("js", "// msg.payload", "tests/devices/node-red.foreign.test.ts"),
  ],
  "docs/devices/oesterreichs-energie.md": [block("sh", "npx smp device add at-home", COMMANDS)],
  "docs/devices/python.md": [
    cannot("sh", "sudo apt-get install", "it would change the machine; .ci/run installs the same packages"),
    block("sh test", "npx smp device add my-device", "tests/devices/python.foreign.test.ts"),
    block("sh test", "echo", "tests/devices/python.foreign.test.ts"),
    block("python", "client.publish", "tests/devices/python.foreign.test.ts"),
  ],
  "docs/devices/raspberry-pi.md": [
    block("sh", "(umask 077", PI),
    cannot("sh", "sudo useradd", "it makes a user and writes to /opt and /etc; the unit's file is verified"),
    block("yaml", "data: /var/lib/smp-edge", "edge/test/config.test.ts"),
    cannot("sh", "sudo systemctl", "there is no systemd in a container; the unit's file is verified"),
  ],
  "docs/devices/shelly.md": [
    block("sh", "npx smp device add em", COMMANDS),
    block("sh", "sh data/pki/devices/em/shelly.sh", COMMANDS),
  ],
  "docs/devices/simulator.md": [
    block("sh", "(umask 077", PI),
    block("sh", "npx smp edge --tcp", PI),
    block("sh", "npx smp simulate --from 2026-06-21", PI),
    block("sh", "npx smp simulate --port far", PI),
    block("sh", "npx smp edge --serial near", PI),
    block("sh", "npx smp simulate --from 2025-01-01", PI),
    block("ts", "const meter = simulatedMeter", "tests/devices/simulator-page.test.ts"),
  ],
  "docs/devices/tasmota.md": [
    cannot("text", "Tasmota ──MQTT", "a drawing"),
    block("sh", "npx smp device add home", COMMANDS),
    block("sh", "mosquitto_sub -h localhost -t 'tele", COMMANDS),
  ],
  "docs/devices/vzlogger.md": [
    block("sh", "npx smp device add cellar", PLATFORMS),
    block("sh", "SMP_X_VZLOGGER_CHANNELS", PLATFORMS),
    block("sh", "curl -s", PLATFORMS),
  ],
  "docs/use/home-assistant.md": [
    block("sh", "npx smp consumer add home-assistant", COMMANDS),
    block("sh", "mosquitto_sub -h localhost -p 8883", COMMANDS),
  ],
  "docs/extend/input.md": [
    block("json file=package.json", "{", EXTEND),
    block("js file=index.js", "", EXTEND),
    block("json file=cases/power-and-energy.json", "{", EXTEND),
    block("json file=cases/hello.json", "{", EXTEND),
    block("json file=cases/broken.json", "{", EXTEND),
    block("sh", "SMP_EXTENSIONS=./acme", EXTEND),
  ],
  "docs/extend/output.md": [
    block("json file=package.json", "{", EXTEND),
    block("js file=index.js", "", EXTEND),
    block("json file=cases/one-meter.json", "{", EXTEND),
    block("sh", "SMP_EXTENSIONS=./display", EXTEND),
    block("sh", "curl -H", EXTEND),
  ],
  "docs/extend/processor.md": [
    block("json file=package.json", "{", EXTEND),
    block("js file=index.js", "", EXTEND),
    block("json file=cases/too-much.json", "{", EXTEND),
    block("sh", "SMP_EXTENSIONS=./overvoltage", EXTEND),
  ],
  "docs/extend/README.md": [block("sh", "npx smp extension new", PLATFORMS)],
};

const shown = ({ info, code }: Block): string => `${info}: ${code.split("\n")[0] ?? ""}`;

test("every page for devices is in the table", () => {
  const pages = readdirSync("docs/devices").filter((file) => file.endsWith(".md"));
  expect(Object.keys(PAGES)).toEqual(expect.arrayContaining(pages.map((page) => `docs/devices/${page}`)));
});

describe.each(Object.entries(PAGES))("%s", (page, places) => {
  const blocks = blocksOf(page);

  test("has the blocks that a test runs, or that are named with the reason why none can", () => {
    expect(blocks.map(shown)).toEqual(
      places.map(
        ({ info, begins }) => expect.stringMatching(new RegExp(`^${info}: ${literal(begins)}`)) as string,
      ),
    );
    for (const { in: file } of places)
      if (file !== undefined)
        expect(readFileSync(file, "utf8"), `${file} reads ${page}`).toContain(page.replace("docs/", ""));
  });

  test.each(blocks.filter(({ info }) => info.startsWith("sh")))(
    "is shell as bash reads it: $code",
    async ({ code }) => {
      await run("bash", ["-n", "-c", code]);
    },
  );
});

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
