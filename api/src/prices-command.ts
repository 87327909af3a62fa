import { readFile } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import type { PriceUploadResult } from "@smp/schemas/api";
import { Command, Option } from "commander";
import { ask, common, withClient, type CommonOptions, type ConnectAdmin } from "./command.ts";
import { PRICE_SOURCES } from "./prices/formats.ts";

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
  return new Command("prices").description("price series for dynamic contracts").addCommand(load);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new PlatformError("file", `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
