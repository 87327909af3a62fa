import type { Tariff, TariffChanges, TariffList } from "@smp/schemas/api";
import { tariffExamples } from "@smp/schemas/documents";
import type { Store } from "@smp/store";
import { requireScope } from "../access/authenticate.ts";
import { json } from "../answer/answer.ts";
import { invalidBody, jsonBody, readBody } from "../request/body.ts";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import { maySetPrices, requireWrite } from "../access/rights.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import {
  checkedTariff,
  deleteTariff,
  putTariff,
  putTariffs,
  tariffsOf,
  unknownTariff,
} from "../cost/tariffs.ts";

/** The contracts. */
export function addTariffs(app: App, services: Services): void {
  app.get("/v1/tariffs", async (c) => {
    readParameters(c, []);
    requireScope(c, "read");
    const tariffs = (await services.query(c, tariffsOf)).flatMap((tariff) => asSeen(c, tariff) ?? []);
    c.header("cache-control", "private, no-cache");
    return json(c, { tariffs } satisfies TariffList);
  });

  app.put("/v1/tariffs", async (c) => {
    readParameters(c, []);
    requireWrite(c);
    const { tariffs } = await readBody<TariffChanges>(c, "TariffChanges");
    for (const [index, tariff] of tariffs.entries()) {
      checkedTariff(tariff, `/tariffs/${index}`);
      if (tariffs.findIndex(({ id }) => id === tariff.id) < index)
        throw invalidBody(`/tariffs/${index}/id`, "stands twice");
      await requireContract(c, services, tariff.id, tariff);
    }
    await changed(c, services, (store) => putTariffs(store, tariffs, services.now()));
    return json(c, { tariffs } satisfies TariffList);
  });

  app.get("/v1/tariffs/examples", (c) => {
    readParameters(c, []);
    c.header("cache-control", "public, max-age=300");
    return json(c, { tariffs: [...tariffExamples] } satisfies TariffList);
  });

  app.get("/v1/tariffs/:id", async (c) => {
    readParameters(c, []);
    requireScope(c, "read");
    const id = c.req.param("id");
    const found = (await services.query(c, tariffsOf)).find((tariff) => tariff.id === id);
    const seen = found && asSeen(c, found);
    if (!seen) throw unknownTariff(id);
    c.header("cache-control", "private, no-cache");
    return json(c, seen);
  });

  app.put("/v1/tariffs/:id", async (c) => {
    readParameters(c, []);
    requireWrite(c);
    const tariff = checkedTariff(await jsonBody(c));
    const id = c.req.param("id");
    if (tariff.id !== id)
      throw invalidBody("/id", `is ${quoted(tariff.id)}, but the address says ${quoted(id)}`);
    await requireContract(c, services, id, tariff);
    const done = await changed(c, services, (store) => putTariff(store, tariff, services.now()));
    return json(c, tariff, done === "made" ? 201 : 200);
  });

  app.delete("/v1/tariffs/:id", async (c) => {
    readParameters(c, []);
    requireWrite(c);
    const id = c.req.param("id");
    await requireContract(c, services, id);
    if (!(await changed(c, services, (store) => deleteTariff(store, id, services.now()))))
      throw unknownTariff(id);
    return c.body(null, 204);
  });
}

/** Contracts must not overlap: whoever looks at them and writes one does so alone. */
const changed = <T>(c: AppContext, services: Services, work: (store: Store) => Promise<T>): Promise<T> =>
  services.turns.run("tariffs", () =>
    services.query(c, async (store) => {
      const done = await work(store);
      await store.settled("documents");
      return done;
    }),
  );

/**
 * Lets the request on when its caller may set what the meters of a contract cost: of the one that there is, and of the one
 * that it shall be.
 */
async function requireContract(c: AppContext, services: Services, id: string, next?: Tariff): Promise<void> {
  const caller = c.get("caller");
  const present = (await services.query(c, tariffsOf)).find((tariff) => tariff.id === id);
  if (present && !asSeen(c, present)) throw unknownTariff(id);
  for (const { meters } of [present, next].filter((tariff) => tariff !== undefined)) {
    if (maySetPrices(c, meters)) continue;
    throw new HttpProblem(
      "forbidden",
      `The token ${quoted(caller.name)} may not set what ${meters === null ? "every meter" : "all of these meters"} cost.`,
    );
  }
}

/** A contract as its caller may see it: with the meters that it may see; undefined when there are none. */
function asSeen(c: AppContext, tariff: Tariff): Tariff | undefined {
  if (tariff.meters === null) return tariff;
  const meters = tariff.meters.filter((meter) => c.get("caller").canSee(meter));
  return meters.length === 0 ? undefined : { ...tariff, meters };
}
