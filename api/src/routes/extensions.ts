import { PlatformError, toOffsetString } from "@smp/schemas";
import type { ExtensionList } from "@smp/schemas/api";
import { requireScope } from "../access/authenticate.ts";
import { json } from "../answer/answer.ts";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { App, AppContext, ExtensionStatus, ReadableStore, Sight } from "../ports.ts";
import type { Services } from "../services.ts";

/** Their process tells it every ten minutes. */
const PROCESSOR_SILENT_MS = 900_000;

/** The list of extensions, and what output extensions answer below `/x/{name}`. */
export function addExtensions(app: App, services: Services): void {
  const { ports, config } = services;
  app.get("/v1/extensions", async (c) => {
    readParameters(c, []);
    requireScope(c, "admin");
    c.header("cache-control", "no-store");
    const own = ports.extensions?.list() ?? [];
    const statuses = ports.sharedStore ? await withProcessors(c, services, own) : own;
    const extensions = statuses.map((status) => entry(status, config.timeZone));
    return json(c, { extensions } satisfies ExtensionList);
  });

  const answer = async (c: AppContext): Promise<Response> => {
    const name = c.req.param("name") ?? "";
    const path = c.req.path.slice(`/x/${name}`.length);
    const sight = await sightOf(c, services);
    const store = readable(services);
    const found = ports.extensions?.answer(name, { request: c.req.raw, path, store, sight });
    if (found === undefined) throw new HttpProblem("not-found", `There is no output ${quoted(name)}.`);
    try {
      return await found;
    } catch (error) {
      throw problemOf(error, name);
    }
  };
  app.all("/x/:name", answer);
  app.all("/x/:name/*", answer);
}

/**
 * Processors run in a process of their own, which tells their state in documents; a list that this process makes of them
 * says nothing. One that has told nothing for long is taken for dead.
 */
async function withProcessors(
  c: AppContext,
  services: Services,
  own: readonly ExtensionStatus[],
): Promise<ExtensionStatus[]> {
  const told = await services.query(c, (store) => store.documents("extension-state"));
  const dead = (t: number): boolean => services.now() - t > PROCESSOR_SILENT_MS;
  const processors = told.map(({ value, t }) => ({
    ...(value as ExtensionStatus),
    ...(dead(t) && { state: "closed" as const }),
  }));
  const names = new Set(processors.map(({ manifest }) => manifest.name));
  const untold = own.filter(({ manifest }) => !names.has(manifest.name));
  return [
    ...untold.map((status) =>
      status.manifest.kind === "processor" ? { ...status, state: "closed" as const } : status,
    ),
    ...processors,
  ];
}

/** The whole list of what a status says; field by field, because the host may know more. */
const entry = (
  { manifest, shipped, meters, state, calls, failures, cuts, lastFailure }: ExtensionStatus,
  tz: string,
): ExtensionList["extensions"][number] => ({
  name: manifest.name,
  kind: manifest.kind,
  version: manifest.version,
  interface: manifest.interface,
  ...(manifest.description !== undefined && { description: manifest.description }),
  shipped,
  rights: manifest.rights ?? {},
  meters: meters && [...meters],
  state,
  calls,
  failures,
  cuts,
  last_failure: lastFailure
    ? { time: toOffsetString(lastFailure.t, tz), reason: lastFailure.reason, detail: lastFailure.detail }
    : null,
});

async function sightOf(c: AppContext, { access, config }: Services): Promise<Sight> {
  const caller = c.get("caller");
  const settings = await access.settings();
  return {
    canRead: (meter, fineness) => caller.canRead(meter, fineness),
    zoneOf: (meter) => settings.of(meter).timeZone ?? config.timeZone,
  };
}

/** The store behind the same limits as all other queries. */
function readable({ run }: Services): ReadableStore {
  return {
    meters: () => run((store) => store.meters()),
    latest: (meters) => run((store) => store.latest(meters)),
    series: (query) => run((store) => store.series(query)),
    gaps: (query) => run((store) => store.gaps(query)),
    async *raw(query) {
      yield await run(async (store) => {
        const readings = [];
        for await (const page of store.raw(query)) readings.push(...page);
        return readings;
      });
    },
  };
}

function problemOf(error: unknown, name: string): unknown {
  if (!(error instanceof PlatformError)) return error;
  switch (error.code) {
    case "extension-hung":
      return new HttpProblem("extension-late", `The output ${name} gave no answer in time.`, {
        cause: error,
      });
    case "extension-busy":
    case "extension-restarting":
      return new HttpProblem("unavailable", `The output ${name} cannot answer now: try again later.`, {
        retryAfterS: 5,
        cause: error,
      });
    default:
      // Its own words may tell more than the caller should know.
      return error.code.startsWith("extension-")
        ? new HttpProblem("extension-failed", `The output ${name} failed.`, { cause: error })
        : error;
  }
}
