import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PlatformError } from "@smp/schemas";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { initCa } from "./authority.ts";
import { addConsumer, addDevice, addService, type AddOptions, type Bundle } from "./issue.ts";
import { pkiPaths } from "./paths.ts";
import { LEAF_DAYS_MAX, LEAVES, type Role } from "./profile.ts";
import { findCertificate, listCertificates, revoke } from "./revoke.ts";
import { describeCa, describeCertificate, table, testCommand } from "./show.ts";

interface DataOptions {
  data: string;
}
interface JsonOptions extends DataOptions {
  json?: true;
}
interface AddFlags extends JsonOptions {
  days: number;
  force?: true;
  passphraseFile?: string;
  host: string;
  port: number;
  meter?: string[];
  dns?: string[];
  ip?: string[];
}

/** Data for programs and pipes on stdout, words for people on stderr. */
const data = (text: string): void => console.log(text);
const say = (text: string): void => console.error(text);

/** `smp ca`: make the certificate authority, and look at it. */
export function caCommand(): Command {
  const init = withData(new Command("init"))
    .description("make the root CA and the CAs for devices and services; does nothing if they are there")
    .addOption(
      passphraseOption("encrypt the CA keys with the first line of a file, or of standard input (-)"),
    )
    .action((options: DataOptions & { passphraseFile?: string }) => run(() => runInit(options)));
  const show = withJson(new Command("show"))
    .description("show the CAs, where their keys are, and how many certificates they issued")
    .action((options: JsonOptions) => run(() => runCaShow(options)));
  return new Command("ca")
    .description("the certificate authority of this platform")
    .addCommand(init)
    .addCommand(show);
}

/** `smp device`: certificates of those who publish readings. */
export const deviceCommand = (): Command =>
  roleCommand("device", "certificates of devices, which publish readings");

/** `smp consumer`: certificates of those who read live data. */
export const consumerCommand = (): Command =>
  roleCommand("consumer", "certificates of consumers, which read live data");

/** `smp service`: certificates of servers. */
export const serviceCommand = (): Command =>
  roleCommand("service", "certificates of servers, such as the broker");

function roleCommand(role: Role, description: string): Command {
  const list = withJson(new Command("list"))
    .description(`list every ${role} with the state of its newest certificate`)
    .action((options: JsonOptions) => run(() => runList(role, options)));
  const show = withJson(new Command("show"))
    .description(`show one ${role}'s certificate and where its files are`)
    .argument("<name>")
    .action((id: string, options: JsonOptions) => run(() => runShow(role, id, options)));
  const revocation = withJson(new Command("revoke"))
    .description(`revoke a ${role}'s certificate for good`)
    .argument("<name>")
    .option("--reason <text>", "why, for the audit")
    .action((id: string, options: JsonOptions & { reason?: string }) =>
      run(() => runRevoke(role, id, options)),
    );
  return new Command(role)
    .description(description)
    .addCommand(addCommand(role))
    .addCommand(list)
    .addCommand(show)
    .addCommand(revocation);
}

function addCommand(role: Role): Command {
  const command = withJson(new Command("add"))
    .description(`give a ${role} its key and certificate, and print the line that tests them`)
    .addArgument(
      new Argument("<name>", 'a–z, 0–9 and "-", at most 40; becomes part of topics and file names'),
    )
    .option(
      "--days <days>",
      "how long the certificate lives",
      wholeNumber(1, LEAF_DAYS_MAX),
      LEAVES[role].days,
    )
    .option("--force", "replace the certificate; the former one is revoked")
    .addOption(passphraseOption("open the CA's key with the first line of a file, or of standard input (-)"));
  if (role === "service")
    command
      .option("--dns <name...>", "DNS names that clients connect to")
      .option("--ip <address...>", "IP addresses that clients connect to");
  else
    command
      .option("--host <host>", "the broker, for the line that tests", "localhost")
      .option("--port <port>", "the broker's port, for the line that tests", wholeNumber(1, 65_535), 8883);
  if (role === "consumer") command.option("--meter <id...>", "the meters that it may see (default: all)");
  return command.action((id: string, flags: AddFlags) => run(() => runAdd(role, id, flags)));
}

async function runInit({
  data: directory,
  passphraseFile,
}: DataOptions & { passphraseFile?: string }): Promise<void> {
  const passphrase = readPassphrase(passphraseFile);
  const { status, paths } = await initCa({
    dir: pkiFolder(directory),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  if (status === "exists") return say(`The CA exists in ${paths.dir}; nothing was changed.`);
  say(`Made the CA in ${paths.dir}. Devices trust ${paths.ca}.`);
  if (passphrase === undefined)
    say("Its keys are not encrypted: whoever reads these files can be any device. See --passphrase-file.");
  say(
    `Keep a copy of the folder in a safe place, then move ${paths.authority("root").folder} out of this machine.`,
  );
}

async function runCaShow({ data: directory, json }: JsonOptions): Promise<void> {
  const view = await describeCa(pkiFolder(directory));
  if (json) return data(JSON.stringify(view));
  data(
    table([
      ["CA", "EXPIRES", "KEY", "SHA-256 FINGERPRINT"],
      ...view.authorities.map(({ authority, notAfter, key, fingerprint }) => [
        authority,
        notAfter.slice(0, 10),
        key,
        fingerprint,
      ]),
    ]),
  );
  const { active, expired, revoked } = view.certificates;
  say(`${active} certificates active, ${expired} expired, ${revoked} revoked, in ${view.dir}.`);
}

async function runAdd(role: Role, id: string, flags: AddFlags): Promise<void> {
  const passphrase = readPassphrase(flags.passphraseFile);
  const { status, certificate, files } = await issue(role, flags, {
    dir: pkiFolder(flags.data),
    id,
    days: flags.days,
    force: flags.force ?? false,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const test = testCommand(role, id, files, flags.host, flags.port);
  if (flags.json) return data(JSON.stringify({ status, ...describeCertificate(certificate), files, test }));
  const until = certificate.notAfter.slice(0, 10);
  if (status === "exists")
    say(`${role} ${id} exists, valid until ${until}; nothing was changed (--force replaces it).`);
  if (status === "issued") say(`Issued the certificate of ${role} ${id}, valid until ${until}.`);
  if (status === "replaced")
    say(`Replaced the certificate of ${role} ${id}, valid until ${until}; the former one is revoked.`);
  say(`  ${files.ca}\n  ${files.cert}\n  ${files.key}  (secret)\nTest it:`);
  data(test);
}

async function issue(
  role: Role,
  { meter, dns = [], ip = [] }: AddFlags,
  options: AddOptions,
): Promise<Bundle> {
  if (role === "service") return addService({ ...options, hostnames: [...dns, ...ip] });
  if (role === "consumer")
    return addConsumer({ ...options, ...(meter === undefined ? {} : { meters: meter }) });
  return addDevice(options);
}

async function runList(role: Role, { data: directory, json }: JsonOptions): Promise<void> {
  const views = (await listCertificates(pkiFolder(directory), role)).map((certificate) =>
    describeCertificate(certificate),
  );
  if (json) return views.forEach((view) => data(JSON.stringify(view)));
  if (views.length === 0) return say(`No ${role} yet: smp ${role} add NAME makes one.`);
  data(
    table([
      ["NAME", "STATE", "EXPIRES", "SERIAL"],
      ...views.map(({ id, state, notAfter, serial }) => [id, state, notAfter.slice(0, 10), serial]),
    ]),
  );
}

async function runShow(role: Role, id: string, { data: directory, json }: JsonOptions): Promise<void> {
  const dir = pkiFolder(directory);
  const view = describeCertificate(await findCertificate(dir, role, id));
  const { files } = pkiPaths(dir).bundle(role, id);
  if (json) return data(JSON.stringify({ ...view, files }));
  const facts = Object.entries(view).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(" ") : String(value),
  ]);
  data(table([...facts, ["ca", files.ca], ["cert", files.cert], ["key", files.key]]));
}

async function runRevoke(role: Role, id: string, options: JsonOptions & { reason?: string }): Promise<void> {
  const { reason } = options;
  const revocation = await revoke(role, {
    dir: pkiFolder(options.data),
    id,
    ...(reason === undefined ? {} : { reason }),
  });
  const { status, certificate } = revocation;
  if (options.json) return data(JSON.stringify({ status, ...describeCertificate(certificate) }));
  if (status === "revoked") say(`Revoked the certificate ${certificate.serial} of ${role} ${id}.`);
  else say(`${role} ${id} was already revoked on ${certificate.revokedAt}; nothing was changed.`);
}

const pkiFolder = (directory: string): string => join(directory, "pki");

const withData = (command: Command): Command =>
  command.addOption(new Option("--data <dir>", "the data folder").env("SMP_DATA_DIR").default("./data"));

const withJson = (command: Command): Command =>
  withData(command).option("--json", "print JSON, one object a line");

const passphraseOption = (description: string): Option =>
  new Option("--passphrase-file <file>", description).env("SMP_CA_PASSPHRASE_FILE");

/** From a file, because arguments and environment are seen by others. */
function readPassphrase(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const [passphrase = ""] = readFileSync(file === "-" ? 0 : file, "utf8").split(/\r?\n/, 1);
  if (passphrase === "")
    throw new PlatformError(
      "config",
      `the first line of ${file === "-" ? "standard input" : file} is empty: write the passphrase there`,
    );
  return passphrase;
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** The system's refusals (no permission, no space) are for people to mend, and need no stack. */
async function run(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    throw syscall === undefined
      ? error
      : new PlatformError("file", `the system refuses: ${message}`, { cause: error });
  }
}
