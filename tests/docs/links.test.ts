import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { conformCommand } from "@smp/bridge/conform";
import { meterCommand, pricesCommand, tokenCommand } from "@smp/api";
import { caCommand, consumerCommand, deviceCommand, inviteCommand, serviceCommand } from "@smp/certs";
import { decodeCommand, doctorCommand, edgeCommand, enrolCommand, simulateCommand } from "@smp/edge";
import { extensionCommand } from "@smp/extensions";
import { backupCommand, restoreCommand } from "@smp/store";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";

// What the pages say must be so: links lead somewhere, commands and settings exist.
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter(existsSync);
const pages = files.filter((file) => file.endsWith(".md"));
const text = (file: string): string => readFileSync(file, "utf8");
const unconnected = (): Promise<never> => Promise.reject(new Error("not here"));
const commands = new Map<string, Command>(
  [
    backupCommand(),
    restoreCommand(),
    caCommand(),
    conformCommand(),
    consumerCommand(),
    deviceCommand(),
    doctorCommand(),
    enrolCommand(),
    inviteCommand(),
    serviceCommand(),
    tokenCommand(unconnected),
    meterCommand(unconnected),
    pricesCommand(unconnected),
    decodeCommand(),
    edgeCommand(),
    simulateCommand(),
    extensionCommand(),
  ].map((command) => [command.name(), command]),
);
/** Subcommands that take no flags of their own. */
const PROCESSES = [...text("smp.ts").matchAll(/processCommand\(\s*"([a-z]+)"/g)].map(
  (match) => match[1] ?? "",
);

test.each(pages)("every link of %s leads to a file", (page) => {
  for (const [, target = ""] of text(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g))
    expect(existsSync(normalize(join(dirname(page), target))), `${page} links to ${target}`).toBe(true);
  for (const [, target = ""] of text(page).matchAll(/(?:src|srcset)="(?!https?:)([^"\s]+)"/g))
    expect(existsSync(normalize(join(dirname(page), target))), `${page} shows ${target}`).toBe(true);
});

describe("the smp commands that the pages name", () => {
  const mentioned = pages.flatMap((page) =>
    [...text(page).matchAll(/(?:npx smp|`smp|^smp|--rm (?:provision|api)) ((?:[^\n`|\\]|\\\n)+)/gm)].map(
      (match) => ({
        page,
        line: (match[1] ?? "").replaceAll("\\\n", " ").trim(),
      }),
    ),
  );

  test("there are many", () => expect(mentioned.length).toBeGreaterThan(20));

  test.each(mentioned)("$page: smp $line", ({ line }) => {
    const words = line.split(/\s+/);
    const name = (words[0] ?? "").replace(/[^a-z].*$/, "");
    const command = commands.get(name);
    if (!command) return expect(["", "help", "bridge", ...PROCESSES], `smp ${line}`).toContain(name);
    const child = command.commands.find((candidate) => candidate.name() === words[1]) ?? command;
    const known = [...command.options, ...child.options].flatMap((option) => [option.long, option.short]);
    for (const flag of words
      .filter((word) => /^--[a-z]/.test(word))
      .map((word) => word.replace(/[^a-z-].*$/, "")))
      expect([...known, "--help"], `smp ${line}`).toContain(flag);
  });
});

test("every setting in the README's table is one that the code reads", () => {
  const code = files
    .filter((file) => /^(?:[a-z]+\/src\/.*|(?:embedded\/|services\/)?[a-z-]+)\.ts$/.test(file))
    .map(text)
    .join("\n");
  for (const [name] of text("README.md").matchAll(/\bSMP_[A-Z_]+\b/g)) expect(code, name).toContain(name);
});
