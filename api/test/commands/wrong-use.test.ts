import type { Command } from "commander";
import { expect, test } from "vitest";
import { pricesCommand } from "../../src/commands/prices.ts";
import { tokenCommand } from "../../src/commands/token.ts";

const nobody = (): Promise<never> => Promise.reject(new Error("the platform was asked"));

/** What somebody reads who uses a command wrongly. */
async function saidTo(command: Command, args: readonly string[]): Promise<string> {
  let said = "";
  for (const one of [command, ...command.commands])
    one.exitOverride().configureOutput({ writeErr: (text) => void (said += text) });
  await command.parseAsync(args, { from: "user" }).catch((error: Error) => (said += error.message));
  return said;
}

test.each([
  [["create", "phone", "--admin", "--write"], /'--admin' cannot be used with option '--write'/],
  [["create", "phone", "--ingest", "kitchen", "--write"], /cannot be used with option/],
  [["create", "phone", "--ingest", "kitchen", "--admin"], /cannot be used with option/],
  [["create", "phone", "--ingest", "Küche"], /must be a device's name: a-z, 0-9 and -/],
  [["create", "phone", "--days", "0"], /a whole number from 1 to 366/],
  [["create", "phone", "--days", "367"], /a whole number from 1 to 366/],
])("smp token %j is refused in words, before the platform is asked", async (args, words) => {
  expect(await saidTo(tokenCommand(nobody), args)).toMatch(words);
});

test("smp prices delete with one end of a range is refused in words, before the platform is asked", async () => {
  const args = ["delete", "at-day-ahead", "--yes", "--from", "2026-01-01"];
  expect(await saidTo(pricesCommand(nobody), args)).toMatch(/--from and --to belong together/);
});
