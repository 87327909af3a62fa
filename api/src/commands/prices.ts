import { readFile } from "node:fs/promises";
import { PlatformError, refusalOf } from "@smp/schemas";
import type { PriceDeletion, PriceUploadResult } from "@smp/schemas/api";
import { Command, Option } from "commander";
import { ask, common, withClient, type CommonOptions, type ConnectAdmin } from "./client.ts";
import { PRICE_SOURCES } from "../prices/formats.ts";

interface DeleteOptions extends CommonOptions {
  from?: string;
  to?: string;
  yes: true;
}

interface ImportOptions extends CommonOptions {
  series: string;
  format: string;
  name?: string;
  currency?: string;
  unit?: string;
}

/** `smp prices`: price series for dynamic contracts. */
export function pricesCommand(connect: ConnectAdmin): Command {
  const load = common(new Command("import"))
    .description("add the prices of a file to a series, or replace them; the first import makes the series")
    .argument("<file>", "day-ahead prices as their source hands them out")
    .requiredOption("--series <id>", "the series, such as at-day-ahead")
    .addOption(new Option("--format <form>", "the file's form").choices(PRICE_SOURCES).makeOptionMandatory())
    .option("--name <text>", "the series' name for people")
    .option("--currency <code>", "of a CSV (EUR)")
    .addOption(new Option("--unit <unit>", "of a CSV (kWh)").choices(["kWh", "MWh"]))
    .action((file: string, options: ImportOptions) =>
      withClient(connect, options, async (client) => {
        const { series, format, name, currency, unit } = options;
        const query = new URLSearchParams({ source: format });
        for (const [key, value] of Object.entries({ name, currency, unit }))
          if (value !== undefined) query.set(key, value);
        const path = `/v1/prices/${encodeURIComponent(series)}?${query.toString()}`;
        const done = await ask<PriceUploadResult>(client, path, { method: "PUT", body: await textOf(file) });
        if (options.json) console.log(JSON.stringify(done));
        else
          console.error(
            `${series}: ${done.stored} prices stored, from ${done.series.first} to ${done.series.last}.`,
          );
      }),
    );
  const deletion = common(new Command("delete"))
    .description("delete a series, or its prices in a range; costs are counted anew without them")
    .argument("<series>", "the series, such as at-day-ahead")
    .option("--from <time>", "only from here on: a date or RFC 3339; needs --to")
    .option("--to <time>", "only until here, exclusive; needs --from")
    .requiredOption("--yes", "confirm that it is deleted for good")
    .action((series: string, options: DeleteOptions) => {
      if ((options.from === undefined) !== (options.to === undefined))
        throw new PlatformError(
          "config",
          "--from and --to belong together: give both, or none to delete the whole series",
        );
      return withClient(connect, options, async (client) => {
        const query = new URLSearchParams();
        for (const name of ["from", "to"] as const)
          if (options[name] !== undefined) query.set(name, options[name]);
        const path = `/v1/prices/${encodeURIComponent(series)}?${query.toString()}`;
        const done = await ask<PriceDeletion>(client, path, { method: "DELETE" });
        if (options.json) console.log(JSON.stringify(done));
        else console.error(`${series}: ${done.deleted} quarter hours deleted, ${leftOf(done)}.`);
      });
    });
  return new Command("prices")
    .description("price series for dynamic contracts")
    .addCommand(load)
    .addCommand(deletion);
}

const leftOf = ({ series }: PriceDeletion): string =>
  series ? `prices from ${series.first} to ${series.last} are left` : "the series is gone";

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new PlatformError("file", `${file} cannot be read: ${refusalOf(error)}`, { cause: error });
  }
}
