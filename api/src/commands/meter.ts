import type { Meter, MeterDeletion } from "@smp/schemas/api";
import { Command } from "commander";
import { ask, common, post, withClient, type CommonOptions, type ConnectAdmin } from "./client.ts";

const LIVE: Readonly<Record<MeterDeletion["live"], string>> = {
  done: "",
  told: " The brokers take its live message away.",
  kept: " Its live message stays until the broker starts again.",
};

/** Until when copies stay, of those of which that is known. */
const copiesText = ({ log_until: log, backups_until: backups }: MeterDeletion): string =>
  [
    log === null ? "" : ` The log keeps a copy until ${log}.`,
    backups === null
      ? " Backups that were made before keep it: delete them, too."
      : ` Backups keep a copy until ${backups}.`,
  ].join("");

/** `smp meter`: say that a meter was replaced, or delete one. */
export function meterCommand(connect: ConnectAdmin): Command {
  const swap = common(new Command("swap"))
    .description("say that the meter behind a device was replaced: no energy is counted across it")
    .argument("<id>", "the meter")
    .requiredOption("--at <time>", "when: RFC 3339 with offset, such as 2026-03-01T10:30:00+01:00")
    .action((id: string, options: CommonOptions & { at: string }) =>
      withClient(connect, options, async (client) => {
        const path = `/v1/meters/${encodeURIComponent(id)}/swaps`;
        const meter = await ask<Meter>(client, path, post({ at: options.at }));
        if (options.json) console.log(JSON.stringify(meter));
        else console.error(`${id}: replaced at ${meter.swaps.map(({ at }) => at).join(", ")}.`);
      }),
    );
  const deletion = common(new Command("delete"))
    .description("delete a meter and everything that was received of it; this cannot be undone")
    .argument("<id>", "the meter")
    .requiredOption("--yes", "confirm that it is deleted for good")
    .action((id: string, options: CommonOptions) =>
      withClient(connect, options, async (client) => {
        const path = `/v1/meters/${encodeURIComponent(id)}`;
        const done = await ask<MeterDeletion>(client, path, { method: "DELETE" });
        if (options.json) console.log(JSON.stringify(done));
        else console.error(`${id}: deleted at ${done.deleted_at}.${LIVE[done.live]}${copiesText(done)}`);
      }),
    );
  return new Command("meter")
    .description("say that a meter was replaced, or delete one")
    .addCommand(swap)
    .addCommand(deletion);
}
