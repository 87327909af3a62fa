import type { Tariff, TariffList } from "@smp/schemas/api";
import { requireScope } from "../access/authenticate.ts";
import { json } from "../answer.ts";
import { invalidBody, jsonBody } from "../body.ts";
import { readParameters } from "../parameters.ts";
import { quoted } from "../problem.ts";
import { requireWrite } from "../rights.ts";
import type { App, AppContext, Services } from "../services.ts";
import { checkedTariff, deleteTariff, putTariff, tariffsOf, unknownTariff } from "../tariffs.ts";

/** The contracts. */
export function addTariffs(app: App, services: Services): void {
  app.get("/v1/tariffs", async (c) => {
    readParameters(c, []);
    requireScope(c, "read");
    const tariffs = (await services.query(c, tariffsOf)).filter((tariff) => isSeen(c, tariff));
    c.header("cache-control", "private, no-cache");
    return json(c, { tariffs } satisfies TariffList);
  });

  app.get("/v1/tariffs/examples", (c) => {
    readParameters(c, []);
    c.header("cache-control", "public, max-age=300");
    return json(c, { tariffs: [] } satisfies TariffList);
  });

  app.get("/v1/tariffs/:id", async (c) => {
    readParameters(c, []);
    requireScope(c, "read");
    const id = c.req.param("id");
    const found = (await services.query(c, tariffsOf)).find((tariff) => tariff.id === id);
    if (!found || !isSeen(c, found)) throw unknownTariff(id);
    c.header("cache-control", "private, no-cache");
    return json(c, found);
  });

  app.put("/v1/tariffs/:id", async (c) => {
    readParameters(c, []);
    requireWrite(c);
    const tariff = checkedTariff(await jsonBody(c));
    const id = c.req.param("id");
    if (tariff.id !== id)
      throw invalidBody("/id", `is ${quoted(tariff.id)}, but the address says ${quoted(id)}`);
    const done = await services.query(c, (store) => putTariff(store, tariff, services.now()));
    return json(c, tariff, done === "made" ? 201 : 200);
  });

  app.delete("/v1/tariffs/:id", async (c) => {
    readParameters(c, []);
    requireWrite(c);
    const id = c.req.param("id");
    if (!(await services.query(c, (store) => deleteTariff(store, id, services.now()))))
      throw unknownTariff(id);
    return c.body(null, 204);
  });
}

/** A contract is told to whoever may see one of its meters. */
const isSeen = (c: AppContext, { meters }: Tariff): boolean =>
  meters === null || meters.some((meter) => c.get("caller").canSee(meter));
