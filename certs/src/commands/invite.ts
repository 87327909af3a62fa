import { Command, Option } from "commander";
import { DAY_MS, HOUR_MS, MINUTE_MS, PlatformError } from "@smp/schemas";
import { readAuthority } from "../authority/authority.ts";
import { pkiFolder, run, wholeNumber, withJson, type JsonOptions } from "./options.ts";
import { invite, readInvitations, withdrawInvitations } from "../est/invitations.ts";
import { data, say } from "./output.ts";
import { brokerName, ownAddress } from "../leaf/own-names.ts";
import { pkiPaths } from "../folder/paths.ts";
import { LEAF_DAYS_MAX } from "../profile.ts";
import { table } from "./show.ts";

interface InviteFlags extends JsonOptions {
  ttl: number;
  days?: number;
  force?: true;
  url?: string;
  port: number;
  list?: true;
  withdraw?: true;
}

const UNIT_MS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** `smp invite`: a code with which a device gets its certificate by itself. */
export const inviteCommand = (): Command =>
  withJson(new Command("invite"))
    .description(
      "give a device a single-use code with which it gets its certificate; its key never leaves it",
    )
    .argument("[name]", "the device's name")
    .addOption(
      new Option("--ttl <time>", "how long the code is good, such as 30m, 48h, 7d")
        .argParser(duration)
        .default(48 * UNIT_MS["h"]!, "48h"),
    )
    .option("--days <days>", "how long the certificate lives (default: 397)", wholeNumber(1, LEAF_DAYS_MAX))
    .option("--force", "invite though the name has a certificate, which the new one replaces, or was revoked")
    .option(
      "--url <url>",
      "the enrolment server's address, for the line to run (default: this computer's; if the broker's certificate lacks it, the first name there)",
    )
    .addOption(
      new Option("--port <port>", "the enrolment server's port, for that line")
        .env("SMP_EST_PORT")
        .argParser(wholeNumber(1, 65_535))
        .default(8085),
    )
    .option("--list", "list the codes that are open")
    .option("--withdraw", "take the open code of the name back")
    .action((name: string | undefined, flags: InviteFlags) => run(() => runInvite(name, flags)));

async function runInvite(name: string | undefined, flags: InviteFlags): Promise<void> {
  const dir = pkiFolder(flags);
  if (flags.list) return list(dir, flags);
  if (name === undefined) throw new PlatformError("config", "name the device: smp invite NAME");
  if (flags.withdraw) {
    const count = await withdrawInvitations(dir, name);
    return say(count > 0 ? `The code of ${name} is void.` : `There is no open code of ${name}.`);
  }
  const root = await readAuthority(pkiPaths(dir), "root");
  const { ttl, days, force = false } = flags;
  const { code, invitation } = await invite({
    dir,
    id: name,
    ttlMs: ttl,
    force,
    ...(days === undefined ? {} : { days }),
  });
  const fingerprint = root.fingerprint256;
  const { url = `https://${await brokerName(dir, ownAddress())}:${flags.port}` } = flags;
  const line = `smp enrol ${name} --url ${url} --fingerprint ${fingerprint}`;
  if (flags.json)
    return data(JSON.stringify({ id: name, code, expires: invitation.expires, fingerprint, line }));
  say(`The code for ${name}, good once until ${invitation.expires.slice(0, 16).replace("T", " ")} UTC:`);
  data(code);
  say(`On the device, which then asks for the code:\n  npx ${line}`);
}

async function list(dir: string, { json }: InviteFlags): Promise<void> {
  const now = Date.now();
  const open = (await readInvitations(dir)).filter(
    ({ state, expires }) => state === "open" && Date.parse(expires) > now,
  );
  if (json)
    return open.forEach(({ id, invitedAt, expires }) => data(JSON.stringify({ id, invitedAt, expires })));
  if (open.length === 0) return say("No code is open.");
  data(
    table([
      ["NAME", "GOOD UNTIL"],
      ...open.map(({ id, expires }) => [id, expires.slice(0, 16).replace("T", " ")]),
    ]),
  );
}

function duration(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  if (count === "") throw new PlatformError("config", `--ttl "${text}" is no time: write 30m, 48h or 7d`);
  return Number(count) * UNIT_MS[unit]!;
}
