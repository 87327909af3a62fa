import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { LIMITS } from "../../broker/src/limits.ts";
import { pkiPaths } from "../../certs/src/folder/paths.ts";
import { blocksOf } from "../support/page-blocks.ts";

// Docker is not needed: the file is held against the Compose specification's schema and the platform's own rules.
interface Service {
  build?: string;
  pull_policy?: string;
  image?: string;
  command?: string[];
  entrypoint?: string[];
  user?: string;
  read_only?: boolean;
  restart?: string;
  privileged?: boolean;
  network_mode?: string;
  profiles?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  environment?: Record<string, string>;
  env_file?: { path: string; required: boolean }[];
  secrets?: string[];
  networks?: string[];
  ports?: { target: number; published: string; host_ip?: string }[];
  volumes?: (string | { type: string; source: string; target: string; read_only?: boolean })[];
  tmpfs?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; interval?: string; timeout?: string; retries?: number; disable?: boolean };
  logging?: { options?: Record<string, string> };
  deploy?: { resources?: { limits?: { cpus?: string; memory?: string; pids?: number } } };
}

interface ComposeFile {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file?: string; environment?: string }>;
}

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const text = read("compose.yaml");
const compose = parse(text, { merge: true }) as ComposeFile;
const SERVICES = ["broker", "kafka", "loader", "questdb", "processors", "est", "api"];
const services = SERVICES.map((name) => [name, compose.services[name] ?? {}] as const);
const own = services.filter(([, service]) => service.image?.startsWith("smart-meter-platform:"));
const validate = new Ajv({ strict: false, validateFormats: false }).compile({
  ...(JSON.parse(read("tests/fixtures/compose-spec.json")) as object),
  $schema: "http://json-schema.org/draft-07/schema#",
});
const isValid = (file: unknown): boolean => validate(file);

test("compose.yaml is valid under the Compose specification's schema", () => {
  isValid(compose);
  expect(validate.errors).toBeNull();
});

test("the schema finds a mistyped key, a wrong type and an unknown section", () => {
  const withBroker = (change: object): object => ({
    ...compose,
    services: { ...compose.services, broker: { ...compose.services["broker"], ...change } },
  });
  expect(isValid(withBroker({}))).toBe(true);
  expect(isValid(withBroker({ healthchek: {} }))).toBe(false);
  expect(isValid(withBroker({ read_only: 7 }))).toBe(false);
  expect(isValid(withBroker({ ports: [{ containerPort: 8883 }] }))).toBe(false);
  expect(isValid({ ...compose, service: {} })).toBe(false);
});

test.each(["docs/operate/production.md", "docs/operate/growing.md"])(
  "the compose.override.yaml of %s is valid, and names services and settings that there are",
  (page) => {
    const [own] = blocksOf(page).filter(({ info }) => info === "yaml");
    const override = parse(own?.code ?? "") as ComposeFile;
    expect(isValid(override)).toBe(true);
    const code = ["api/src/config.ts", "broker/src/limits.ts", "services/cluster/config.ts"]
      .map(read)
      .join("");
    for (const [name, { environment = {} }] of Object.entries(override.services)) {
      expect(SERVICES).toContain(name);
      for (const setting of Object.keys(environment)) expect(code).toContain(`"${setting}"`);
    }
  },
);

test("there are the seven services, and provisioning that starts only when it is called", () => {
  const always = Object.entries(compose.services).filter(([, { profiles }]) => profiles === undefined);
  expect(always.map(([name]) => name).toSorted()).toEqual(SERVICES.toSorted());
  expect(compose.services["provision"]).toMatchObject({ profiles: ["provision"], network_mode: "none" });
});

test.each(["broker", "loader", "processors", "api"])(
  "the health check of %s tells a healthy process from a faulty and an absent one",
  async (name) => {
    let status = 200;
    const server = createServer((request, response) => {
      const path = name === "api" ? "/readyz" : "/healthz";
      response.writeHead(request.url === path ? status : 404).end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const [, command = "", ...args] = compose.services[name]?.healthcheck?.test ?? [];
    const asked = args.map((arg) => arg.replace(/127\.0\.0\.1\/\d+/, `127.0.0.1/${port}`));
    const ask = async (): Promise<unknown> => (await once(spawn(command, asked), "exit"))[0];
    expect(await ask()).toBe(0);
    status = 503;
    expect(await ask()).not.toBe(0);
    await new Promise((resolve) => server.close(resolve));
    expect(await ask()).not.toBe(0);
  },
);

describe.each(services)("%s", (name, service) => {
  test("has a health check with a rhythm and an end", () => {
    expect(service.healthcheck?.disable).toBeUndefined();
    expect(service.healthcheck?.test?.[0]).toBe("CMD");
    expect(service.healthcheck).toMatchObject({
      interval: expect.stringMatching(/^\d+s$/) as string,
      timeout: expect.stringMatching(/^\d+s$/) as string,
      retries: expect.any(Number) as number,
    });
  });

  test("is limited in processor, memory, processes and log", () => {
    const { cpus, memory, pids } = service.deploy?.resources?.limits ?? {};
    expect(Number(cpus)).toBeGreaterThan(0);
    expect(memory).toMatch(/^\d+[MG]$/);
    expect(pids).toBeGreaterThan(0);
    expect(service.logging?.options).toMatchObject({ "max-size": "10m", "max-file": "5" });
  });

  test("comes back after a failure and has no more rights than it needs", () => {
    expect(service.restart).toBe("unless-stopped");
    expect(service.security_opt).toContain("no-new-privileges:true");
    expect(service.cap_drop).toEqual(["ALL"]);
    expect(service.privileged).toBeUndefined();
    expect(service.network_mode).toBeUndefined();
  });

  test("has an image of a stated version", () => {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
  });

  test("is read-only, but for Kafka, whose image writes its configuration into itself", () => {
    expect(service.read_only ?? false).toBe(name !== "kafka");
  });
});

test("our own image has this repository's version and does not run as root", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  expect(own.map(([name]) => name)).toEqual(["broker", "loader", "processors", "est", "api"]);
  for (const [, service] of own) {
    expect(service.image).toBe(`smart-meter-platform:${version}`);
    expect(service.user).toMatch(/^\$\{SMP_UID:-1000\}/);
    expect(service.pull_policy).toBe("never");
  }
  // Each `build` of the same image would leave one without a name.
  expect(Object.values(compose.services).filter(({ build }) => build !== undefined)).toHaveLength(1);
});

test("the broker has memory for all connections that it takes", () => {
  // As `npm run bench:ingest -- --runs 0 --idle 5000,10000` measured it on the image's Node, in MiB.
  const [empty, connection] = [88, 90 / 1_024];
  const [youngGeneration, waitingForLog] = [3 * 64, 64];
  const needed = empty + LIMITS.connectionsMax * connection + youngGeneration + waitingForLog;
  const { memory = "" } = compose.services["broker"]?.deploy?.resources?.limits ?? {};
  expect(Number.parseInt(memory, 10) * (memory.endsWith("G") ? 1_024 : 1)).toBeGreaterThan(needed);
});

test("nothing is published but 8883, 8085 for enrolment, and 8080 on the loopback address", () => {
  const published = services.flatMap(([name, { ports = [] }]) =>
    ports.map(({ host_ip: ip, published: port, target }) => `${name} ${ip ?? "*"}:${port}->${target}`),
  );
  expect(published).toEqual(["broker *:8883->8883", "est *:8085->8085", "api 127.0.0.1:8080->8080"]);
  expect(compose.services["provision"]?.ports).toBeUndefined();
});

test("the store and the log cannot be reached from outside, nor from a service that does not need them", () => {
  const members = (network: string): string[] =>
    services.filter(([, { networks }]) => networks?.includes(network)).map(([name]) => name);
  expect(members("log")).toEqual(["broker", "kafka", "loader", "processors", "api"]);
  expect(members("store")).toEqual(["loader", "questdb", "processors", "api"]);
  expect(compose.networks["log"]?.internal).toBe(true);
  expect(compose.networks["store"]?.internal).toBe(true);
  for (const [, { networks = [] }] of services)
    for (const network of networks) expect(Object.keys(compose.networks)).toContain(network);
});

test("what must survive lies on named volumes, and each of them is used", () => {
  const mounts = services.flatMap(([name, { volumes = [] }]) =>
    volumes.flatMap((volume) => (typeof volume === "string" ? `${name} ${volume}` : [])),
  );
  expect(mounts).toEqual(["kafka kafka-data:/var/lib/kafka/data", "questdb questdb-data:/var/lib/questdb"]);
  expect(Object.keys(compose.volumes)).toEqual(["kafka-data", "questdb-data"]);
  expect(compose.services["kafka"]?.environment?.["KAFKA_LOG_DIRS"]).toBe("/var/lib/kafka/data");
});

test("the broker gets its own key read-only, and none that runs a key of an authority, but est that for devices", () => {
  const bound = (name: string): string[] =>
    (compose.services[name]?.volumes ?? []).flatMap((volume) =>
      typeof volume === "string" || volume.source.endsWith("/extensions")
        ? []
        : `${volume.source.replace(/^.*?\/pki/, "pki")}${volume.read_only ? " read-only" : ""}`,
    );
  expect(Object.fromEntries(SERVICES.map((name) => [name, bound(name)]))).toEqual({
    broker: ["pki/services/broker read-only", "pki/ca.crt read-only", "pki/index.jsonl read-only"],
    kafka: [],
    loader: [],
    questdb: [],
    processors: [],
    api: [],
    est: ["pki"],
  });
  // It writes to the registry, whose folder also holds the keys of the others: those lie behind empty folders.
  const paths = pkiPaths("/data/pki");
  const hidden = (compose.services["est"]?.tmpfs ?? []).map((mount) => mount.split(":", 1)[0]);
  expect(hidden).toEqual(["/tmp", paths.authority("root").folder, paths.authority("issuing-service").folder]);
});

test("extensions are the same for inputs, processors and outputs, and others' lie in a folder that is only read", () => {
  const settings = { SMP_EXTENSIONS: "${SMP_EXTENSIONS:-peak-alert}", SMP_INPUTS: "${SMP_INPUTS:-}" };
  for (const name of ["broker", "processors", "api"]) {
    const { environment, env_file: file, volumes = [] } = compose.services[name] ?? {};
    expect(environment).toMatchObject(settings);
    expect(file).toEqual([{ path: expect.stringMatching(/\/extensions\.env$/) as string, required: false }]);
    expect(volumes).toContainEqual(
      expect.objectContaining({ target: "/data/extensions", read_only: true }) as object,
    );
  }
});

test("no secret stands in the file", () => {
  for (const secret of Object.values(compose.secrets))
    expect(secret).toEqual({ file: expect.stringContaining("/secrets/") as string });
  expect(text).not.toMatch(/-----BEGIN|quest:quest|admin:quest/);
  const settings = Object.values(compose.services).flatMap(({ environment = {} }) =>
    Object.entries(environment),
  );
  const secret = settings.filter(([name]) => /PASSWORD|SECRET|TOKEN|PASSPHRASE|_KEY$/.test(name));
  for (const [, value] of secret) expect(value).toMatch(/^\/run\/secrets\//);
  for (const [, value] of settings) expect(value).not.toMatch(/:\/\/[^/]*:[^/]*@/);
});

test("questdb takes its password from the secret, and so do those who log in to it", () => {
  expect(compose.services["questdb"]?.environment).toMatchObject({
    QDB_PG_USER: "smp",
    QDB_PG_PASSWORD_FILE: "/run/secrets/questdb_password",
  });
  const holders = services.filter(([, { secrets = [] }]) => secrets.includes("questdb_password"));
  expect(holders.map(([name]) => name)).toEqual(["loader", "questdb", "processors", "api"]);
});

test("the services are pointed at each other", () => {
  const kafka = { KAFKA_BROKERS: "kafka:9092" };
  const store = { SMP_STORE: "questdb", QUESTDB_URL: "http://questdb:9000" };
  expect(compose.services["broker"]?.environment).toMatchObject(kafka);
  expect(compose.services["loader"]?.environment).toMatchObject({ ...kafka, ...store });
  for (const name of ["processors", "api"])
    expect(compose.services[name]?.environment).toMatchObject({ ...kafka, ...store });
  for (const name of ["loader", "processors", "api"])
    expect(compose.services[name]?.entrypoint?.join(" ")).toContain("@questdb:8812/qdb");
});

test("acknowledged data is on disk: kafka flushes every batch, questdb every commit", () => {
  expect(compose.services["kafka"]?.environment?.["KAFKA_LOG_FLUSH_INTERVAL_MESSAGES"]).toBe("1");
  expect(compose.services["questdb"]?.environment?.["QDB_CAIRO_COMMIT_MODE"]).toBe("sync");
});

test("a service waits until what it needs is healthy", () => {
  const needs = Object.fromEntries(
    services.map(([name, { depends_on: needed = {} }]) => [name, Object.keys(needed).toSorted()]),
  );
  expect(needs).toEqual({
    broker: ["kafka"],
    kafka: [],
    loader: ["kafka", "questdb"],
    questdb: [],
    processors: ["kafka", "questdb"],
    est: [],
    api: ["kafka", "questdb"],
  });
  for (const [, { depends_on: needed = {} }] of services)
    for (const { condition } of Object.values(needed)) expect(condition).toBe("service_healthy");
});

test("every command is one that smp has", () => {
  const commands = own.map(([, { command }]) => command?.[0] ?? "");
  expect(commands).toEqual(["broker", "load", "processors", "est", "api"]);
  for (const command of commands)
    expect(read("smp.ts")).toContain(`processCommand("${command}"`.replace(/^.*?\(/, ""));
});

describe("Dockerfile", () => {
  const dockerfile = read("Dockerfile");
  test("builds from stated versions, installs from the lockfile and runs as another user than root", () => {
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(images).toEqual(["node:26-trixie-slim", "node:26-trixie-slim"]);
    expect(dockerfile).toContain("npm ci");
    expect(dockerfile).toContain("npm prune --omit=dev");
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node", "dist\/smp\.js"\]$/m);
  });

  test("gets what the platform is built from and nothing else: no data, key, backup or history", () => {
    const linesOf = (file: string): string[] =>
      read(file)
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"));
    const [first, ...others] = linesOf(".dockerignore");
    const { workspaces } = JSON.parse(read("package.json")) as { workspaces: string[] };
    const { include } = JSON.parse(read("tsconfig.json")) as { include: string[] };
    expect(first).toBe("*");
    const allowed = others.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    const compiled = include.map((pattern) => pattern.replace(/(\/\*\*)?\/\*\.ts$/, ""));
    const settings = ["package.json", "package-lock.json", ".npmrc", "tsconfig.base.json", "tsconfig.json"];
    expect(allowed.toSorted()).toEqual(
      [...workspaces, ...compiled, ...settings, "scripts", "LICENSE"].toSorted(),
    );
    // What git ignores in whatever folder is of this machine.
    const ignored = linesOf(".gitignore").filter((line) => !line.startsWith("/"));
    expect(others).toEqual(
      expect.arrayContaining([
        ...ignored.map((line) => `**/${line.replace(/\/$/, "")}`),
        "**/*.key",
        "**/*.pem",
        "**/test",
      ]),
    );
  });
});
