import { relative } from "node:path";
import { PlatformError } from "@smp/schemas";
import { Argument, Command } from "commander";
import type { ExtensionKind } from "./contract/manifest.ts";
import { readExtensionsConfig } from "./host/config.ts";
import { openExtensions } from "./host/open.ts";
import { findExtension } from "./host/package.ts";
import { scaffold } from "./scaffold.ts";
import { checkExtension } from "./testing/contract.ts";

/** Data for programs and pipes on stdout, words for people on stderr. */
const data = (text: string): void => console.log(text);
const say = (text: string): void => console.error(text);

/** `smp extension`: make one, test one, list those of this configuration. */
export function extensionCommand(): Command {
  return new Command("extension")
    .description("write, test and list extensions: inputs, processors and outputs")
    .addCommand(
      new Command("new")
        .description("write a new extension that passes its own test")
        .addArgument(new Argument("<kind>").choices(["input", "processor", "output"]))
        .argument("<name>", "a–z, 0–9 and -, at most 32")
        .option("--in <folder>", "where its folder is made", ".")
        .action(runNew),
    )
    .addCommand(
      new Command("test")
        .description(
          "run an extension's cases and the rules of its interface, in a process as the platform does",
        )
        .argument("<path>", "its folder, or the name of an installed package")
        .action(runTest),
    )
    .addCommand(
      new Command("list")
        .description("list the shipped extensions and those of SMP_EXTENSIONS, with their rights")
        .option("--json", "print JSON, one object a line")
        .action(runList),
    );
}

async function runNew(kind: ExtensionKind, name: string, options: { in: string }): Promise<void> {
  const folder = relative(process.cwd(), await scaffold(kind, name, options.in)) || ".";
  const path = folder.startsWith(".") ? folder : `./${folder}`;
  say(`Made the ${kind} ${name} in ${path}. Test it:`);
  data(`npx smp extension test ${path}`);
  const more = kind === "input" ? ` SMP_INPUTS=${name}:my-device` : "";
  say(`Run it:\n  SMP_EXTENSIONS=${path}${more} npx smp start`);
}

async function runTest(path: string): Promise<void> {
  const checks = await checkExtension(await findExtension(path, process.cwd()));
  for (const { what, fault } of checks)
    data(fault === undefined ? `ok    ${what}` : `FAULT ${what}: ${fault}`);
  const faults = checks.filter(({ fault }) => fault !== undefined).length;
  if (faults > 0) throw new PlatformError("extension", `${faults} of ${checks.length} checks failed`);
  say(`All ${checks.length} checks hold.`);
}

async function runList({ json }: { json?: true }): Promise<void> {
  const extensions = await openExtensions(readExtensionsConfig(process.env, process.cwd()));
  const rows = extensions.list().map(({ manifest, shipped, meters }) => ({
    name: manifest.name,
    kind: manifest.kind,
    version: manifest.version,
    shipped,
    rights: manifest.rights ?? {},
    meters,
    settings: Object.keys(manifest.settings ?? {}),
    description: manifest.description,
  }));
  await extensions.close();
  if (json) return rows.forEach((row) => data(JSON.stringify(row)));
  const lines = rows.map(({ name, kind, version, rights, description = "" }) => [
    name,
    kind,
    version,
    Object.entries(rights)
      .map(([right, value]) => (value === true ? right : `${right}=${String(value)}`))
      .join(" ") || "-",
    description,
  ]);
  const table = [["NAME", "KIND", "VERSION", "RIGHTS", "DESCRIPTION"], ...lines];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const row of table)
    data(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    );
  say("Shipped processors run when SMP_EXTENSIONS names them.");
}
