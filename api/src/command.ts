import type { CreatedToken, Meter, MeterDeletion, NewToken, Token, TokenList } from "@smp/schemas/api";
import { PlatformError, type Problem } from "@smp/schemas";
import { Command, InvalidArgumentError, Option } from "commander";

/** The API as an administrator asks it: over the network, or in this process over the store. */
export interface AdminClient {
  request(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}
export type ConnectAdmin = (options: { url?: string }) => Promise<AdminClient>;

export interface CommonOptions {
  url?: string;
  json?: true;
}
interface CreateOptions extends CommonOptions {
  admin?: true;
  write?: true;
  ingest?: string;
  meter?: string[];
  finest?: NonNullable<NewToken["finest"]>;
  days?: number;
}

/** `smp token`: who may ask the API. */
export function tokenCommand(connect: ConnectAdmin): Command {
  const create = common(new Command("create"))
    .description("make a token; its secret is printed this once")
    .argument("<name>", "what people call it")
    .option("--admin", "it may do everything")
    .option("--write", "it may also change tariffs, prices and settings of its meters")
    .option("--ingest <device>", "it may only hand in readings of this device")
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
  if (options.json) return console.log(JSON.stringify(made));
  console.error(`${describeToken(made)}\nKeep it; it is not shown again:`);
  console.log(made.token);
}

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

export const common = (command: Command): Command =>
  command
    .option("--url <url>", "the platform; without it the one of SMP_DATA_DIR, or SMP_STORE's store")
    .option("--json", "print JSON");

function wholeDays(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > 366)
    throw new InvalidArgumentError("It must be a whole number from 1 to 366.");
  return Number(text);
}

const post = (body: object): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

export async function ask<T>(client: AdminClient, path: string, init?: RequestInit): Promise<T> {
  const response = await client.request(path, init);
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json();
  if (response.ok) return body as T;
  const { title, detail } = body as Problem;
  throw new PlatformError("refused", detail ?? title);
}

export async function withClient(
  connect: ConnectAdmin,
  options: CommonOptions,
  run: (client: AdminClient) => Promise<void>,
): Promise<void> {
  const client = await connect(options);
  try {
    await run(client);
  } finally {
    await client.close();
  }
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
