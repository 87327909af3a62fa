import { readFile } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import { Argument, Command, Option } from "commander";
import { openAuthority } from "../authority/authority.ts";
import type { Issuer } from "../x509/certificate.ts";
import {
  passphraseOption,
  pkiFolder,
  run,
  wholeNumber,
  withJson,
  type JsonOptions,
  type PassphraseOptions,
  unreadable,
} from "./options.ts";
import { HARDWARE, HARDWARE_NAMES, type HardwareName } from "../hardware/table.ts";
import {
  addConsumer,
  addDevice,
  addService,
  isHostname,
  type AddOptions,
  type Bundle,
} from "../leaf/issue.ts";
import { issueMany, namesOf } from "./many.ts";
import { data, say } from "./output.ts";
import { brokerName, ownAddress } from "../leaf/own-names.ts";
import { passphraseFrom } from "./passphrase.ts";
import { pkiPaths } from "../folder/paths.ts";
import { LEAF_DAYS_MAX, LEAVES, type Role } from "../profile.ts";
import { writeReadyFile } from "../hardware/ready-file.ts";
import { describeCertificate, quote, testCommand } from "./show.ts";

export interface IssueFlags extends JsonOptions, PassphraseOptions {
  days?: number;
  host?: string;
  port: number;
  for?: HardwareName;
  csr?: string;
}
interface AddFlags extends IssueFlags {
  force?: true;
  count?: number;
  meter?: string[];
  allMeters?: true;
  input?: string;
  dns?: string[];
  ip?: string[];
}

const COUNT_MAX = 10_000;

export function addCommand(role: Role): Command {
  const command = withJson(new Command("add"))
    .description(`give a ${role} its key and certificate, and print the line that tests them`)
    .addArgument(
      new Argument("<name>", 'a–z, 0–9 and "-", at most 40; becomes part of topics and file names'),
    )
    .option("--force", "replace the certificate; the former one is revoked");
  issueOptions(command, role);
  if (role === "service")
    command
      .option("--dns <name...>", "DNS names that clients connect to")
      .option("--ip <address...>", "IP addresses that clients connect to");
  if (role === "consumer")
    command
      .option("--meter <id...>", "the meters that it may see (default: all; with --force, those of before)")
      .option("--all-meters", "with --force: all meters, whatever it might see before");
  if (role === "device")
    command
      .option("--count <count>", "as many devices: NAME-1, NAME-2 …", wholeNumber(1, COUNT_MAX))
      .option("--input <name>", "the input extension that reads what it publishes to raw/");
  return command.action((id: string, flags: AddFlags) => run(() => runAdd(role, id, flags)));
}

/** What `add` and `renew` have in common. */
export function issueOptions(command: Command, role: Role): void {
  command
    .option(
      "--days <days>",
      `how long the certificate lives (default: ${LEAVES[role].days})`,
      wholeNumber(1, LEAF_DAYS_MAX),
    )
    .option("--csr <file>", "certify the key of a request made by its owner; no key is made here")
    .addOption(passphraseOption("open the CA's key"))
    .option(
      "--host <host>",
      "the broker's name, for the ready file and the line that tests (default: localhost; for a board this computer's address; if the broker's certificate lacks it, the first name there)",
    )
    .addOption(
      new Option("--port <port>", "the broker's port, for that file and that line")
        .argParser(wholeNumber(1, 65_535))
        .env("SMP_MQTT_PORT")
        .default(8883),
    );
  if (role === "device")
    command.addOption(
      new Option("--for <hardware>", "write one more file, ready to paste").choices(HARDWARE_NAMES),
    );
}

async function runAdd(role: Role, name: string, flags: AddFlags): Promise<void> {
  const options = await optionsFrom(role, flags);
  const names = flags.count === undefined ? [name] : namesOf(name, flags.count);
  if (flags.csr !== undefined && names.length > 1)
    throw new PlatformError("config", "--csr is one device's request: leave --count away");
  const add = (id: string): Promise<Bundle> =>
    issue(role, flags, { ...options, id, force: flags.force ?? false });
  if (names.length > 1)
    return issueMany(names, `${role}s`, add, async (id, bundle) => {
      const file = await readyFile(id, bundle, flags);
      if (flags.json) await printJson(role, id, bundle, flags, file);
    });
  await report(role, name, await add(name), flags);
}

/** What to issue by; the authority is opened when the first certificate is made, and once. */
export async function optionsFrom(role: Role, flags: IssueFlags): Promise<Omit<AddOptions, "id">> {
  if (flags.host !== undefined && !isHostname(flags.host))
    throw new PlatformError("config", `--host "${flags.host}" is neither a DNS name nor an IP address`);
  if (flags.csr === "-" && flags.passphraseFile === "-")
    throw new PlatformError("config", "--csr and --passphrase-file cannot both be standard input");
  const dir = pkiFolder(flags);
  const passphrase = passphraseFrom(flags.passphraseFile);
  let issuer: Promise<Issuer> | undefined;
  return {
    dir,
    openIssuer: () => (issuer ??= openAuthority(pkiPaths(dir), LEAVES[role].issuer, passphrase)),
    ...(flags.days === undefined ? {} : { days: flags.days }),
    ...(flags.csr === undefined ? {} : { csr: await requestFrom(flags.csr) }),
  };
}

const requestFrom = (file: string): Promise<string> =>
  readFile(file === "-" ? "/dev/stdin" : file, "latin1").catch((error: unknown) => {
    throw unreadable("--csr", file, error);
  });

async function issue(
  role: Role,
  { meter, allMeters, input, dns = [], ip = [] }: AddFlags,
  options: AddOptions,
): Promise<Bundle> {
  if (role === "service") return addService({ ...options, hostnames: [...dns, ...ip] });
  if (allMeters && meter !== undefined)
    throw new PlatformError(
      "config",
      "--meter names some meters, and --all-meters means all: give one of them",
    );
  const meters = allMeters ? "all" : meter;
  if (role === "consumer") return addConsumer({ ...options, ...(meters !== undefined && { meters }) });
  return addDevice({ ...options, ...(input !== undefined && { input }) });
}

/** Says what was done, where the files are, and prints the command that tests them. */
export async function report(
  role: Role,
  id: string,
  bundle: Bundle,
  flags: IssueFlags & Pick<AddFlags, "input">,
): Promise<void> {
  const file = await readyFile(id, bundle, flags);
  if (flags.json) return printJson(role, id, bundle, flags, file);
  const { status, certificate, files, hasKey } = bundle;
  const until = certificate.notAfter.slice(0, 10);
  if (status === "exists")
    say(`${role} ${id} exists, valid until ${until}; nothing was changed (--force replaces it).`);
  if (status === "issued") say(`Issued the certificate of ${role} ${id}, valid until ${until}.`);
  if (status === "replaced")
    say(`Replaced the certificate of ${role} ${id}, valid until ${until}; the former one is revoked.`);
  if (status === "renewed")
    say(
      `Renewed the certificate of ${role} ${id}, valid until ${until}; the former one counts until it expires.`,
    );
  say(`  ${files.ca}\n  ${files.cert}`);
  say(hasKey ? `  ${files.key}  (secret)` : `The key is with its owner: put it beside them as ${files.key}.`);
  if (flags.for && file !== undefined) {
    say(`  ${file}  (secret)`);
    say(HARDWARE[flags.for].use.replace("PATH", file));
    const { input } = HARDWARE[flags.for];
    if (input !== undefined && flags.input === undefined && status === "issued")
      say(`Nothing reads its messages yet: the same command with --input ${input} --force sees to it.`);
    if (flags.host === undefined)
      say(`In it the broker is ${await hostOf(flags)}: --host NAME says otherwise.`);
  }
  say("Test it:");
  data(await testOf(role, id, bundle, flags, file));
}

async function hostOf(flags: IssueFlags): Promise<string> {
  const { for: hardware, host } = flags;
  const usual = hardware !== undefined && HARDWARE[hardware].elsewhere ? ownAddress() : "localhost";
  return host ?? (await brokerName(pkiFolder(flags), usual));
}

const readyFile = async (id: string, { files }: Bundle, flags: IssueFlags): Promise<string | undefined> =>
  flags.for === undefined
    ? undefined
    : writeReadyFile({ id, files, hardware: flags.for, host: await hostOf(flags), port: flags.port });

async function testOf(
  role: Role,
  id: string,
  { files }: Bundle,
  flags: IssueFlags,
  file: string | undefined,
): Promise<string> {
  const { for: hardware, port } = flags;
  const own = hardware === undefined ? undefined : HARDWARE[hardware].test;
  if (own !== undefined && file !== undefined) return own.replace("PATH", quote(file));
  return testCommand(role, id, files, await hostOf(flags), port);
}

async function printJson(
  role: Role,
  id: string,
  bundle: Bundle,
  flags: IssueFlags,
  file: string | undefined,
): Promise<void> {
  const { status, certificate, files } = bundle;
  const test = await testOf(role, id, bundle, flags, file);
  const ready = file === undefined ? {} : { ready: file };
  data(JSON.stringify({ status, ...describeCertificate(certificate), files, ...ready, test }));
}
