import type { CreatedToken, MeterList, NewToken, Token, TokenList } from "@smp/schemas/api";
import { DEVICE_ID } from "@smp/schemas";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  ask,
  common,
  post,
  withClient,
  type AdminClient,
  type CommonOptions,
  type ConnectAdmin,
} from "./client.ts";

interface CreateOptions extends CommonOptions {
  admin?: true;
  write?: true;
  ingest?: string;
  meter?: string[];
  finest?: NonNullable<NewToken["finest"]>;
  days?: number;
}

/** The known meters that are named beside an unknown one. */
const NAMES_MAX = 10;

/** `smp token`: who may ask the API. */
export function tokenCommand(connect: ConnectAdmin): Command {
  const create = common(new Command("create"))
    .description("make a token; its secret is printed this once")
    .argument("<name>", "what people call it")
    .addOption(new Option("--admin", "it may do everything").conflicts(["write", "ingest"]))
    .addOption(
      new Option("--write", "it may also change tariffs, prices and settings of its meters").conflicts(
        "ingest",
      ),
    )
    .option("--ingest <device>", "it may only hand in readings of this device", deviceName)
    .option("--meter <id...>", "only these meters; without it all")
    .addOption(
      new Option("--finest <resolution>", "the finest resolution it may read").choices([
        "raw",
        "15m",
        "1h",
        "day",
        "month",
      ]),
    )
    .option("--days <number>", "how long it is valid, at most 366 (365)", wholeDays)
    .action((name: string, options: CreateOptions) =>
      withClient(connect, options, (client) => createToken(client, name, options)),
    );
  const list = common(new Command("list"))
    .description("list the valid tokens, without their secrets")
    .action((options: CommonOptions) =>
      withClient(connect, options, async (client) => {
        const { tokens } = await ask<TokenList>(client, "/v1/tokens");
        if (options.json) console.log(JSON.stringify(tokens));
        else for (const token of tokens) console.log(describeToken(token));
      }),
    );
  const revoke = common(new Command("revoke"))
    .description("make a token worthless, at once")
    .argument("<id>", "from the list")
    .action((id: string, options: CommonOptions) =>
      withClient(connect, options, async (client) => {
        await ask(client, `/v1/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
        console.error(`Revoked ${id}.`);
      }),
    );
  return new Command("token")
    .description("tokens: who may ask the API")
    .addCommand(create)
    .addCommand(list)
    .addCommand(revoke);
}

async function createToken(client: AdminClient, name: string, options: CreateOptions): Promise<void> {
  const scope =
    options.ingest === undefined ? (options.admin ? "admin" : options.write ? "write" : "read") : "ingest";
  const wish: NewToken = {
    name,
    scopes: scope === "write" ? ["read", "write"] : [scope],
    ...(options.meter ? { meters: options.meter } : {}),
    ...(options.finest ? { finest: options.finest } : {}),
    ...(options.ingest === undefined ? {} : { device: options.ingest }),
    ...(options.days === undefined ? {} : { expires_in_days: options.days }),
  };
  const made = await ask<CreatedToken>(client, "/v1/tokens", post(wish));
  if (options.meter) await warnOfUnknown(client, options.meter);
  if (options.json) return console.log(JSON.stringify(made));
  console.error(`${describeToken(made)}\nKeep it; it is not shown again:`);
  console.log(made.token);
}

/** A token may be made before its meter's first reading; but the name may as well be mistyped. */
async function warnOfUnknown(client: AdminClient, asked: readonly string[]): Promise<void> {
  const known = (await ask<MeterList>(client, "/v1/meters")).meters.map(({ id }) => id);
  const unknown = asked.filter((id) => !known.includes(id));
  if (unknown.length === 0) return;
  const shown = known.length > NAMES_MAX ? [...known.slice(0, NAMES_MAX), "…"] : known;
  console.error(
    `No reading of ${unknown.join(", ")} has come yet: the token shows nothing of it before the first one. ` +
      (known.length === 0 ? "No meter is known yet." : `Known meters: ${shown.join(", ")}.`),
  );
}

function deviceName(text: string): string {
  if (!DEVICE_ID.test(text))
    throw new InvalidArgumentError("It must be a device's name: a-z, 0-9 and -, at most 40 characters.");
  return text;
}

function wholeDays(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > 366)
    throw new InvalidArgumentError("It must be a whole number from 1 to 366.");
  return Number(text);
}

const describeToken = ({ id, name, scopes, meters, finest, device, expires, last_used }: Token): string =>
  [
    id,
    name,
    scopes.join("+"),
    device ?? (meters === null ? "all meters" : meters.join(",")),
    ...(device === null ? [finest] : []),
    `until ${expires.slice(0, 10)}`,
    ...(last_used === undefined ? [] : [`last used ${last_used}`]),
  ].join("  ");
