import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { blocksOf } from "../support/page-blocks.ts";
import { installPackedSchemas, NPM } from "../support/packed-schemas.ts";
import { pagePlatform, type PagePlatform } from "../support/page-platform.ts";
import type { PageShell, Running } from "../support/page-shell.ts";
import { until } from "../support/platform-process.ts";

// README.md, docs/use/README.md, docs/use/costs.md, docs/use/client.md, docs/operate/enrolment.md, docs/operate/grafana.md and
// docs/operate/backup.md: what they say is typed into the folder of one platform that `npm start` runs, in this order.
const root = fileURLToPath(new URL("../../", import.meta.url));
const PRICES = join(root, "api/test/prices/energy-charts.json");
const METER = "simulated-kaifa";
let place: PagePlatform;
let dir: string;
let shell: PageShell;
let platform: Running;
let prices: Server;
const asked: string[] = [];

beforeAll(async () => {
  prices = createServer((request, response) => {
    asked.push(request.url ?? "");
    void readFile(PRICES).then((body) => response.end(body));
  }).listen(0, "127.0.0.1");
  await once(prices, "listening");
  place = await pagePlatform({
    replacements: (at) => ({
      "curl -H": "curl -sS --fail-with-body -H",
      "--cert-dir data/pki/devices/my-device":
        "--cert-dir data/pki/devices/my-device --url mqtts://localhost:8883",
      "localhost:8085": `localhost:${at.ports.est}`,
      "localhost:8883": `localhost:${at.ports.mqtt} --est https://localhost:${at.ports.est}`,
      "-p 8883": `-p ${at.ports.mqtt}`,
      "/media/stick": join(at.dir, "stick"),
      "/etc/grafana": join(at.dir, "etc/grafana"),
      "https://api.energy-charts.info": `http://127.0.0.1:${(prices.address() as AddressInfo).port}`,
    }),
    others: { "grafana-cli": 'echo "grafana-cli $*"', npm: NPM },
  });
  ({ dir, shell } = place);
  await mkdir(join(dir, "stick"));
});
afterAll(async () => {
  await place?.close();
  prices?.close();
});

/** The shell blocks of a page. */
const commandsOf = (page: string): string[] =>
  blocksOf(page)
    .filter(({ info }) => info === "sh")
    .map(({ code }) => code);

const start = async (code = ""): Promise<void> => void (platform = await place.start(code));

async function get<T>(path: string): Promise<T> {
  const authorization = `Bearer ${await place.token()}`;
  const answer = await fetch(place.url + path, { headers: { authorization } });
  return (await answer.json()) as T;
}
const meters = async (): Promise<string[]> =>
  (await get<{ meters: { id: string }[] }>("/v1/meters")).meters.map(({ id }) => id);
const simulated = async (): Promise<string> => (await meters()).find((id) => id.startsWith(METER)) ?? "none";

test("README.md: the platform starts, and each line of its table does what stands beside it", async () => {
  // As docs/use/costs.md starts it; with the README's own command it starts again below.
  await start(commandsOf("docs/use/costs.md")[1]);
  await until("the first reading", async () => (await meters()).some((id) => id.startsWith(METER)));
  const page = await readFile("README.md", "utf8");
  const [, table = ""] = /## I want to …([^]*?)## /.exec(page) ?? [];
  const lines = [...table.matchAll(/`((?:npx smp|mosquitto_sub|curl) [^`]+)`/g)].map(([, line = ""]) => line);
  // What needs a meter's cable is typed by raspberry-pi.foreign.test.ts, and `extension new` by platform-commands.foreign.test.ts.
  const elsewhere = lines.filter((line) => /^npx smp (?:edge|decode|extension) /.test(line));
  expect(elsewhere).toHaveLength(3);
  const here = lines.filter((line) => !elsewhere.includes(line));
  const line = (begin: string): string => {
    const found = here.findIndex((candidate) => candidate.startsWith(begin));
    return here.splice(found, 1)[0] ?? begin;
  };
  expect(await shell.type(line("npx smp invite")).done()).toMatch(/npx smp enrol my-device/);
  expect(await shell.type(line("npx smp device add")).done()).toContain("mosquitto_pub");
  expect(await shell.type(line("npx smp doctor")).done()).toMatch(/^ok +reading/m);
  for (const code of [line("mosquitto_sub"), ...commandsOf("docs/use/README.md")]) {
    const tap = shell.type(code);
    await tap.says(/^live\/v1\/simulated-kaifa\S* \{.*"power_w"/m);
    await tap.interrupt();
  }
  expect(await shell.type(line("curl -H")).done()).toContain('"id":"simulated-kaifa');
  expect(await shell.type(line("curl http")).done()).toMatch(/"openapi": ?"3\.1\.0"/);
  expect(await shell.type(line("npx smp backup")).done()).toContain("checked");
  expect(here).toEqual([]);
}, 120_000);

test("docs/operate/enrolment.md: a device of ours and one with curl and openssl enrol, and renew", async () => {
  let shown = "";
  for (const code of commandsOf("docs/operate/enrolment.md")) shown += await shell.type(code).done();
  expect(shown).toContain("Enrolled as house-7");
  expect(shown).toMatch(/^ok +reading +a test message/m);
  expect(shown).toContain("client.crt: OK");
  const registry = await readFile(join(dir, "data/pki/index.jsonl"), "utf8");
  const issued = [...registry.matchAll(/"id":"(house-7|kitchen)"/g)].map(([, id]) => id);
  expect(issued).toEqual(["house-7", "kitchen", "kitchen"]);
}, 120_000);

test("docs/use/costs.md: prices that the platform asks for by itself, contracts, prices of a file, a cost, and what was wrong is deleted", async () => {
  await until("the prices of the source", async () => {
    const { series } = await get<{ series: { id: string }[] }>("/v1/prices");
    return series.some(({ id }) => id === "at-day-ahead");
  });
  expect(asked[0]).toMatch(/^\/price\?bzn=AT&start=\d{4}-\d\d-\d\d&end=\d{4}-\d\d-\d\d$/);
  const meter = await simulated();
  place.replacements["ma309-1"] = meter;
  const contracts = blocksOf("docs/use/costs.md").filter(({ info }) => info === "json");
  await writeFile(join(dir, "neu.json"), contracts[1]?.code.replaceAll("ma309-1", meter) ?? "");
  await writeFile(join(dir, "prices.json"), await readFile(PRICES));
  const [setUp = "", , mend = ""] = commandsOf("docs/use/costs.md");
  const said = await shell.type(setUp).done();
  expect(said).toMatch(/"tariffs":\[/);
  expect(said).toMatch(/at-day-ahead: \d+ prices stored/);
  expect(said).toMatch(/"tariffs":\[\{"id":"neu"/);
  expect(await shell.type(`TOKEN=$(cat data/admin.token)\n${mend}`).done()).toMatch(/deleted/);
}, 60_000);

test("docs/use/client.md: the package that it packs is installed elsewhere, and its example runs", async () => {
  const [pack = ""] = commandsOf("docs/use/client.md");
  await shell.type(pack).done();
  const [example = ""] = blocksOf("docs/use/client.md")
    .filter(({ info }) => info === "ts")
    .map(({ code }) => code);
  const mine = example.replaceAll("my-meter", await simulated()).replace("http://localhost:8080", place.url);
  const token =
    'declare const process: { env: Record<string, string> };\nconst token = process.env["SMP_TOKEN"] ?? "";\n';
  const app = await installPackedSchemas(dir, token + mine);
  const running = shell.type(`SMP_TOKEN="$(cat data/admin.token)" "${process.execPath}" "${app}"`);
  await running.says(/^-?\d+(?:\.\d+)?\n/);
  await running.interrupt();
}, 60_000);

test("docs/operate/grafana.md: its files lie where they name each other, and its token only reads", async () => {
  const [install = "", token = ""] = commandsOf("docs/operate/grafana.md");
  const said = await shell.type(install).done();
  const read = async (file: string): Promise<unknown> =>
    parse(await readFile(join(dir, "etc/grafana", file), "utf8"));
  const sources = (await read("provisioning/datasources/smart-meter-platform.yaml")) as {
    datasources: { type: string }[];
  };
  expect(said).toBe(`grafana-cli plugins install ${sources.datasources[0]?.type}\n`);
  const { providers } = (await read("provisioning/dashboards/smart-meter-platform.yaml")) as {
    providers: { options: { path: string } }[];
  };
  const folder = join(dir, providers[0]?.options.path ?? "nowhere");
  expect((await readdir(folder)).sort()).toEqual(["household.json", "operations.json"]);
  const made = await shell.type(token).done();
  const authorization = `Bearer ${/^smp_\S+/m.exec(made)?.[0]}`;
  const session = await fetch(`${place.url}/v1/session`, { headers: { authorization } });
  expect(await session.json()).toMatchObject({ name: "grafana", scopes: ["read"] });
}, 60_000);

test("docs/operate/backup.md: a backup while the platform runs, cron's line, and a restore", async () => {
  const [backup = "", restore = ""] = commandsOf("docs/operate/backup.md");
  expect(await shell.type(backup).done()).toContain("checked");
  const cron = blocksOf("docs/operate/backup.md").find(({ info }) => info === "cron")?.code ?? "";
  const [, nightly = ""] = /^30 2 \* \* \* (.*)$/m.exec(cron) ?? [];
  await mkdir(join(dir, "nightly"));
  await shell
    // cron takes a bare % for a new line.
    .type(
      nightly
        .replaceAll(String.raw`\%`, "%")
        .replaceAll("/opt/smart-meter-platform", dir)
        .replaceAll(" /backup", ` ${dir}/nightly`),
    )
    .done();
  expect(await readdir(join(dir, "nightly"))).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
  const before = await meters();
  await platform.interrupt();
  expect(restore.endsWith(commandsOf("README.md")[0] ?? "npm start")).toBe(true);
  await start(restore);
  expect(await meters()).toEqual(before);
  expect(await readdir(dir)).toContain("readings.damaged");
}, 120_000);
