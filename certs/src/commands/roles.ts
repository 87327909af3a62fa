import { PlatformError } from "@smp/schemas";
import { Command } from "commander";
import { addCommand, issueOptions, optionsFrom, report, type IssueFlags } from "./add.ts";
import { exportCrlCommand } from "./ca.ts";
import { pkiFolder, run, withJson, type JsonOptions } from "./options.ts";
import { exists } from "../folder/files.ts";
import { issueMany } from "./many.ts";
import { data, say } from "./output.ts";
import { pkiPaths } from "../folder/paths.ts";
import { LEAVES, type Role } from "../profile.ts";
import { dueForRenewal, hostnamesOf, renewCertificate } from "../leaf/renew.ts";
import { findCertificate, listCertificates, revoke } from "../leaf/revoke.ts";
import { describeCertificate, table } from "./show.ts";

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
  const renew = withJson(new Command("renew"))
    .description(`give a ${role} its next certificate; the former one goes on to count until it expires`)
    .argument("[name...]")
    .option("--due", `renew every ${role} whose certificate has less than a third of its life left`)
    .action((ids: string[], flags: RenewFlags) => run(() => runRenew(role, ids, flags)));
  issueOptions(renew, role);
  const revocation = withJson(new Command("revoke"))
    .description(`revoke a ${role}'s certificates for good`)
    .argument("<name>")
    .option("--reason <text>", "why, for the audit")
    .action((id: string, options: JsonOptions & { reason?: string }) =>
      run(() => runRevoke(role, id, options)),
    );
  const { issuer } = LEAVES[role];
  return new Command(role)
    .description(description)
    .addCommand(addCommand(role))
    .addCommand(list)
    .addCommand(show)
    .addCommand(renew)
    .addCommand(revocation)
    .addCommand(exportCrlCommand([issuer], `write the revocation list of the CA that issues ${role}s`));
}

async function runList(role: Role, options: JsonOptions): Promise<void> {
  const views = (await listCertificates(pkiFolder(options), role)).map((certificate) =>
    describeCertificate(certificate),
  );
  if (options.json) return views.forEach((view) => data(JSON.stringify(view)));
  if (views.length === 0) return say(`No ${role} yet: smp ${role} add NAME makes one.`);
  data(
    table([
      ["NAME", "STATE", "EXPIRES", "SERIAL"],
      ...views.map(({ id, state, notAfter, serial }) => [id, state, notAfter.slice(0, 10), serial]),
    ]),
  );
}

async function runShow(role: Role, id: string, options: JsonOptions): Promise<void> {
  const dir = pkiFolder(options);
  const view = describeCertificate(await findCertificate(dir, role, id));
  const { files } = pkiPaths(dir).bundle(role, id);
  if (options.json) return data(JSON.stringify({ ...view, files }));
  const facts = Object.entries(view).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(" ") : String(value),
  ]);
  const names = role === "service" ? await hostnamesOf(files.cert).catch(() => []) : [];
  if (names.length > 0) facts.push(["names", names.join(" ")]);
  facts.push(["ca", files.ca], ["cert", files.cert]);
  // With its owner, if it was certified by a request.
  if (await exists(files.key)) facts.push(["key", files.key]);
  data(table(facts));
}

interface RenewFlags extends IssueFlags {
  due?: true;
}

async function runRenew(role: Role, ids: readonly string[], flags: RenewFlags): Promise<void> {
  const options = await optionsFrom(role, flags);
  const due = flags.due ? (await dueForRenewal(options.dir, role)).map(({ id }) => id) : [];
  const names = [...new Set([...ids, ...due])];
  if (names.length === 0 && flags.due)
    return say(`No ${role} is due: each has more than a third of its life left.`);
  if (names.length === 0)
    throw new PlatformError("config", `name the ${role}s to renew, or give --due for all that are due`);
  if (flags.csr !== undefined && names.length > 1)
    throw new PlatformError("config", `--csr is one ${role}'s request: name one`);
  const renew = (id: string): ReturnType<typeof renewCertificate> =>
    renewCertificate(role, { ...options, id });
  const [only = ""] = names;
  if (names.length === 1) return report(role, only, await renew(only), flags);
  await issueMany(names, `${role}s`, renew, async (_id, { certificate }) => {
    if (flags.json) data(JSON.stringify({ status: "renewed", ...describeCertificate(certificate) }));
  });
}

async function runRevoke(role: Role, id: string, options: JsonOptions & { reason?: string }): Promise<void> {
  const { reason } = options;
  const revocation = await revoke(role, {
    dir: pkiFolder(options),
    id,
    ...(reason === undefined ? {} : { reason }),
  });
  const { status, certificate } = revocation;
  if (options.json) return data(JSON.stringify({ status, ...describeCertificate(certificate) }));
  if (status === "revoked") say(`Revoked the certificate ${certificate.serial} of ${role} ${id}.`);
  else say(`${role} ${id} was already revoked on ${certificate.revokedAt}; nothing was changed.`);
}
