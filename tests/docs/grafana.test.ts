import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Figures, readKafkaConfig } from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig } from "../../embedded/config.ts";
import { startPlatform, type Platform } from "../../start.ts";
import { fieldsOf, provisioned, type Field, type Source, type Target } from "../support/infinity.ts";
import { until } from "../support/platform-process.ts";

// What the shipped dashboards ask for must be there: each query is sent as Grafana would send it, and read as its data source does.
const folder = fileURLToPath(new URL("../../docs/operate/grafana/", import.meta.url));
interface Panel {
  title: string;
  type: string;
  datasource: { uid: string };
  targets: Target[];
  transformations?: { id: string; options: { indexByName: Record<string, number> } }[];
}
interface Dashboard {
  uid: string;
  panels: Panel[];
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

/** The data source as it is provisioned for Grafana's environment. */
async function sourceOf(token: string): Promise<Source> {
  const environment = { SMP_URL: platform.httpUrl, SMP_TOKEN: token };
  const text = provisioned(await readFile(join(folder, "datasources.yaml"), "utf8"), environment);
  const { datasources } = parse(text) as { datasources: Source[] };
  return datasources.find(({ uid }) => uid === "smp-api")!;
}

/** Fills in the variables as Grafana does, for the last three hours. */
function filled(target: Target): Target {
  const now = Date.now();
  const values: Record<string, string> = {
    meter,
    resolution: "15m",
    __from: String(now - 3 * 3_600_000),
    __to: String(now),
  };
  const text = JSON.stringify(target);
  return JSON.parse(text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? "")) as Target;
}

describe("household.json", async () => {
  const household = await dashboard("household");
  const variables = household.templating.list.flatMap(({ name, query }) =>
    typeof query === "string"
      ? []
      : [{ title: `variable ${name}`, type: "variable", targets: [query.infinityQuery] }],
  );

  test.each([...household.panels, ...variables])(
    "$title: its query answers with the fields that the panel needs",
    async ({ title, type, targets: [target] }) => {
      // Alerts, shared dashboards and the token's secrecy need it.
      expect(target).toMatchObject({ parser: "backend" });
      const fields = await fieldsOf(await sourceOf(platform.adminToken!), filled(target!));
      const ofType = (wanted: Field["type"]): Field[] => fields.filter((field) => field.type === wanted);
      if (title === "Gaps") return;
      expect(fields).toHaveLength(target!.columns!.length);
      expect(fields[0]!.values.length).toBeGreaterThan(0);
      if (type === "timeseries") {
        const [times] = ofType("time");
        expect(ofType("time")).toHaveLength(1);
        expect(times!.values).not.toContain(null);
        expect(times!.values).toEqual(times!.values.toSorted((a, b) => Number(a) - Number(b)));
        expect(ofType("number")).toHaveLength(fields.length - 1);
      }
      if (type === "stat") expect(ofType("number")).toHaveLength(fields.length);
      // What is not there yet after the first reading is null; power and coverage are.
      if (/Power|Coverage|Age/.test(title))
        for (const { values } of ofType("number")) expect(values.some((value) => value !== null)).toBe(true);
      if (type === "variable") {
        expect(fields.map(({ name }) => name)).toEqual(["__text", "__value"]);
        expect(fields[1]!.values).toContain(meter);
      }
    },
  );

  test("puts the columns of a panel in the order of the query: the data source sorts them by name", () => {
    for (const { title, targets, transformations = [] } of household.panels) {
      const names = targets
        .flatMap(({ columns }) => columns!.map(({ text }) => text))
        .filter((text) => text !== "Time");
      const order = transformations.find(({ id }) => id === "organize")?.options.indexByName;
      const shown = order ? names.toSorted((a, b) => order[a]! - order[b]!) : names.toSorted();
      expect(shown, title).toEqual(names);
    }
  });

  test("shows public meters without a token when the data source sends none", async () => {
    const target = filled(household.panels[0]!.targets[0]!);
    const source = await sourceOf("");
    await expect(fieldsOf(source, target)).rejects.toThrow("401");
    const open = { ...source, jsonData: { ...source.jsonData, auth_method: "none" as const } };
    expect(await fieldsOf(open, target)).toHaveLength(1);
  });

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

/** Of a loader that has just begun. */
async function loaderFigures(): Promise<string> {
  const metrics = new Figures();
  kafkaLog(readKafkaConfig({ KAFKA_BROKERS: "127.0.0.1:1" }), { metrics });
  return await metrics.metrics();
}

test("alerts.yml asks only for figures that the platform has, and says what is wrong", async () => {
  const own = await (await ask("/metrics")).text();
  // The embedded platform tells of its parts as the others do: else no alert says that it keeps nothing.
  for (const part of ["broker", "store"]) expect(own).toContain(`smp_ready{part="${part}"} 1`);
  const figures = own + (await loaderFigures());
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
    for (const name of expr.match(/\b(?:smp|process)_[a-z0-9_]+/g) ?? [])
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
