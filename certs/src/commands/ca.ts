import { Argument, Command } from "commander";
import { initCa } from "../authority/authority.ts";
import { renewCa } from "../authority/renewal.ts";
import {
  offlineOption,
  passphraseOption,
  pkiFolder,
  run,
  withData,
  withJson,
  type DataOptions,
  type JsonOptions,
  type PassphraseOptions,
} from "./options.ts";
import { exportCrls, type CrlFile } from "../authority/crl-files.ts";
import { data, say } from "./output.ts";
import { newPassphrase, passphraseFrom } from "./passphrase.ts";
import type { Authority } from "../profile.ts";
import { describeCa, table } from "./show.ts";

type InitFlags = DataOptions & PassphraseOptions & { offline?: string };
type CrlFlags = JsonOptions & PassphraseOptions & { offline?: string };

const OFFLINE = "the folder of the root, on a memory stick";

/** `smp ca`: make the certificate authority, look at it, renew it. */
export function caCommand(): Command {
  const init = withData(new Command("init"))
    .description("make the root CA and the CAs for devices and services; does nothing if they are there")
    .addOption(passphraseOption("encrypt the CA keys"))
    .addOption(offlineOption("keep the root in a new folder elsewhere, such as on a memory stick"))
    .action((flags: InitFlags) => run(() => runInit(flags)));
  const show = withJson(new Command("show"))
    .description("show the CAs, where their keys are, how many certificates they issued, and their lists")
    .action((options: JsonOptions) => run(() => runShow(options)));
  const renew = withData(new Command("renew"))
    .description("put a new CA for devices or services in the place of one that ends, or whose key leaked")
    .addArgument(new Argument("<authority>", "which of the two").choices(["device", "service"]))
    .addOption(passphraseOption("open the CA keys"))
    .addOption(offlineOption(OFFLINE))
    .action((which: "device" | "service", flags: InitFlags) => run(() => runRenew(which, flags)));
  return new Command("ca")
    .description("the certificate authority of this platform")
    .addCommand(init)
    .addCommand(show)
    .addCommand(renew)
    .addCommand(
      exportCrlCommand(["issuing-device", "issuing-service"], "write the revocation lists of all CAs"),
    );
}

/** `export-crl`, below `ca` for all authorities and below each role for its own. */
export function exportCrlCommand(authorities: readonly Authority[], description: string): Command {
  const command = withJson(new Command("export-crl"))
    .description(`${description}, for brokers that do not read the registry`)
    .addOption(passphraseOption("open the CA's key"));
  if (authorities.length > 1)
    command.addOption(offlineOption(`renew the root's list too: ${OFFLINE}, or pki/root`));
  return command.action((flags: CrlFlags) => run(() => runExportCrl(authorities, flags)));
}

async function runInit(flags: InitFlags): Promise<void> {
  const dir = pkiFolder(flags);
  const { offline } = flags;
  const exists = await describeCa(dir).catch(() => undefined);
  const passphrase = exists ? undefined : await newPassphrase(flags.passphraseFile);
  const { status, paths } = await initCa({
    dir,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(offline === undefined ? {} : { offline }),
  });
  if (status === "exists") return say(`The CA exists in ${paths.dir}; nothing was changed.`);
  say(`Made the CA in ${paths.dir}. Devices trust ${paths.ca}.`);
  if (passphrase === undefined)
    say("Its keys are not encrypted: whoever reads these files can be any device. See --passphrase-file.");
  if (offline === undefined)
    say(
      `Keep a copy of the folder in a safe place, then move ${paths.authority("root").folder} out of this machine.`,
    );
  else
    say(
      `The root is in ${offline}: keep it, and a copy, in a safe place. It is needed again for smp ca renew, and once a year for smp ca export-crl --offline.`,
    );
}

async function runShow(options: JsonOptions): Promise<void> {
  const view = await describeCa(pkiFolder(options));
  if (options.json) return data(JSON.stringify(view));
  data(
    table([
      ["CA", "EXPIRES", "KEY", "LIST UNTIL", "SHA-256 FINGERPRINT"],
      ...view.authorities.map(({ authority, notAfter, key, crlUntil, fingerprint }) => [
        authority,
        notAfter.slice(0, 10),
        key,
        crlUntil?.slice(0, 10) ?? "-",
        fingerprint,
      ]),
    ]),
  );
  for (const warning of view.warnings) say(warning);
  const { active, expired, revoked } = view.certificates;
  say(`${active} certificates active, ${expired} expired, ${revoked} revoked, in ${view.dir}.`);
}

async function runRenew(which: "device" | "service", flags: InitFlags): Promise<void> {
  const x509 = await renewCa({
    dir: pkiFolder(flags),
    authority: `issuing-${which}`,
    passphrase: passphraseFrom(flags.passphraseFile),
    ...(flags.offline === undefined ? {} : { offline: flags.offline }),
  });
  say(`The CA for ${which}s is new, valid until ${new Date(x509.validTo).toISOString().slice(0, 10)}.`);
  say("What the former one issued goes on to count. Restart smp est, which has the former key open.");
}

async function runExportCrl(authorities: readonly Authority[], flags: CrlFlags): Promise<void> {
  const { offline } = flags;
  const files = await exportCrls({
    dir: pkiFolder(flags),
    authorities: offline === undefined ? authorities : ["root", ...authorities],
    passphrase: passphraseFrom(flags.passphraseFile),
    ...(offline === undefined ? {} : { offline }),
  });
  for (const file of files) {
    if (!flags.json) say(sentenceOf(file));
    data(flags.json ? JSON.stringify(file) : file.file);
  }
}

const sentenceOf = ({ authority, number, revoked, nextUpdate }: CrlFile): string =>
  `List ${number} of ${authority} revokes ${revoked} ${revoked === 1 ? "certificate" : "certificates"}; the next is due by ${nextUpdate.slice(0, 10)}.`;
