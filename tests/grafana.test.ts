import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig, startPlatform, type Platform } from "../start.ts";
import { until } from "./support/platform-process.ts";

// What the shipped dashboards ask for must be there: each query is sent as Grafana would send it.
const folder = fileURLToPath(new URL("../docs/operate/grafana/", import.meta.url));
interface Target {
  url?: string;
  url_options?: { params: { key: string; value: string }[] };
  root_selector?: string;
  columns?: { selector: string; type: string }[];
  expr?: string;
}
interface Dashboard {
  uid: string;
  panels: { title: string; datasource: { uid: string }; targets: Target[]; gridPos: object }[];
  templating: { list: { name: string; query: string | { infinityQuery: Target } }[] };
}
const dashboard = async (name: string): Promise<Dashboard> =>
  JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as Dashboard;
const targetsOf = ({ panels }: Dashboard): { title: string; target: Target }[] =>
  panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, target })));

let dir: string;
let platform: Platform;
let meter: string;
const ask = (path: string): Promise<Response> =>
  fetch(platform.httpUrl + path, { headers: { authorization: `Bearer ${platform.adminToken}` } });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-grafana-"));
  platform = await startPlatform(
    readConfig({ SMP_DATA_DIR: dir, SMP_HTTP_PORT: "0", SMP_MQTT_PORT: "0", SMP_MQTT_HOST: "127.0.0.1" }),
    pino({ level: "silent" }),
  );
  await until("the first reading", async () => {
    const { meters } = (await (await ask("/v1/meters")).json()) as { meters: { id: string }[] };
    meter = meters[0]?.id ?? "";
    return meter !== "";
  });
});
afterAll(async () => {
  await platform.close();
  await rm(dir, { recursive: true, force: true });
});

/** Sends a query as the Infinity data source does, and returns the rows under its root. */
async function rowsOf({ url = "", url_options, root_selector = "" }: Target): Promise<unknown[]> {
  const now = Date.now();
  const expand = (text: string): string =>
    text
      .replaceAll("${meter}", encodeURIComponent(meter))
      .replaceAll("${resolution}", "15m")
      .replaceAll("${__from}", String(now - 3 * 3_600_000))
      .replaceAll("${__to}", String(now));
  const query = new URLSearchParams(
    (url_options?.params ?? []).map(({ key, value }): [string, string] => [key, expand(value)]),
  );
  const response = await ask(`${expand(url)}?${query.toString()}`);
  expect(response.status, `${url}?${query.toString()}`).toBe(200);
  const body = (await response.json()) as Record<string, unknown>;
  const root = root_selector === "" ? body : body[root_selector];
  expect(root, `${url} has ${root_selector}`).toBeDefined();
  return [root].flat();
}

describe("household.json", async () => {
  const household = await dashboard("household");
  const variables = household.templating.list.flatMap(({ name, query }) =>
    typeof query === "string" ? [] : [{ title: `variable ${name}`, target: query.infinityQuery }],
  );

  test.each([...targetsOf(household), ...variables])(
    "$title: its query answers, with every field it names",
    async ({ target }) => {
      const rows = await rowsOf(target);
      for (const row of rows)
        for (const { selector, type } of target.columns ?? []) {
          expect(row, `${target.url} has ${selector}`).toHaveProperty([selector]);
          const value = (row as Record<string, unknown>)[selector];
          if (value === null) continue;
          if (type === "timestamp") expect(Date.parse(value as string)).toBeGreaterThan(0);
          else expect(typeof value).toBe(type);
        }
      if (target.root_selector !== "gaps") expect(rows.length).toBeGreaterThan(0);
    },
  );

  test("asks nothing that names no variable which the dashboard has", () => {
    const names = new Set([...household.templating.list.map(({ name }) => name), "__from", "__to"]);
    for (const [, name] of JSON.stringify(household).matchAll(/\$\{([^}]+)\}/g))
      expect(names).toContain(name);
  });
});

test("operations.json asks only for figures that the platform has", async () => {
  const figures = await (await ask("/metrics")).text();
  const asked = targetsOf(await dashboard("operations")).flatMap(
    ({ target }) => target.expr?.match(/\b(?:smp|process|nodejs)_[a-z0-9_]+/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(10);
  for (const name of asked)
    expect(figures, name).toMatch(new RegExp(`^# TYPE ${name.replace(/_bucket$/, "")} `, "m"));
});

test("alerts.yml asks only for figures that the platform has, and says what is wrong", async () => {
  const figures = await (await ask("/metrics")).text();
  interface Rule {
    alert: string;
    expr: string;
    annotations: { summary: string };
  }
  const text = await readFile(join(folder, "alerts.yml"), "utf8");
  const { groups } = parse(text) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.map(({ alert }) => alert)).toContain("CertificateExpires");
  for (const { expr, annotations } of rules) {
    expect(annotations.summary).not.toBe("");
    for (const name of expr.match(/\bsmp_[a-z0-9_]+/g) ?? [])
      expect(figures, name).toMatch(new RegExp(`^# TYPE ${name.replace(/_bucket$/, "")} `, "m"));
  }
  // The platform's own certificates are there to be told.
  for (const of of ["server", "authority", "device"])
    expect(figures).toMatch(new RegExp(`^smp_certificate_expires_days\\{of="${of}"\\} \\d`, "m"));
});

test("each figure stands once in /metrics, with help and type", async () => {
  const figures = await (await ask("/metrics")).text();
  const types = [...figures.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1]);
  expect(new Set(types).size).toBe(types.length);
  for (const name of types) expect(figures).toContain(`# HELP ${name} `);
});

test("the provisioning files belong to the dashboards", async () => {
  const read = async (name: string): Promise<unknown> => parse(await readFile(join(folder, name), "utf8"));
  const { datasources } = (await read("datasources.yaml")) as { datasources: { uid: string }[] };
  const uids = new Set(datasources.map(({ uid }) => uid));
  for (const name of ["household", "operations"])
    for (const { datasource } of (await dashboard(name)).panels) expect(uids).toContain(datasource.uid);
  expect(await read("dashboards.yaml")).toHaveProperty("providers");
  expect(await read("prometheus.yml")).toHaveProperty("scrape_configs");
});
