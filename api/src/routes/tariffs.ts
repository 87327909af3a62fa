import type { TariffList } from "@smp/schemas/api";
import { json } from "../answer.ts";
import { invalidBody, jsonBody } from "../body.ts";
import { readParameters } from "../parameters.ts";
import { quoted } from "../problem.ts";
import { requireWrite } from "../rights.ts";
import type { App, Services } from "../services.ts";
import { checkedTariff, deleteTariff, putTariff, tariffsOf, unknownTariff } from "../tariffs.ts";

/** The contracts. */
export function addTariffs(app: App, services: Services): void {
  app.get("/v1/tariffs", async (c) => {
    readParameters(c, []);
    const tariffs = await services.query(c, tariffsOf);
    c.header("cache-control", "no-cache");
    return json(c, { tariffs } satisfies TariffList);
  });

  app.get("/v1/tariffs/examples", (c) => {
    readParameters(c, []);
    c.header("cache-control", "public, max-age=300");
    return json(c, { tariffs: [] } satisfies TariffList);
  });

  app.get("/v1/tariffs/:id", async (c) => {
    readParameters(c, []);
    const id = c.req.param("id");
    const found = (await services.query(c, tariffsOf)).find((tariff) => tariff.id === id);
    if (!found) throw unknownTariff(id);
    c.header("cache-control", "no-cache");
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
