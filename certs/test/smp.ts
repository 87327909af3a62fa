import { Command } from "commander";
import { onTestFinished, vi } from "vitest";
import { caCommand } from "../src/commands/ca.ts";
import { inviteCommand } from "../src/commands/invite.ts";
import { consumerCommand, deviceCommand, serviceCommand } from "../src/commands/roles.ts";

export interface Printed {
  stdout: string;
  stderr: string;
}

/** Runs `smp ARGS` in this process. */
export async function smp(...args: string[]): Promise<Printed> {
  const printed = { stdout: "", stderr: "" };
  const log = vi
    .spyOn(console, "log")
    .mockImplementation((text: string) => void (printed.stdout += `${text}\n`));
  const error = vi
    .spyOn(console, "error")
    .mockImplementation((text: string) => void (printed.stderr += `${text}\n`));
  onTestFinished(() => void vi.restoreAllMocks());
  const program = new Command("smp");
  for (const command of [caCommand(), deviceCommand(), consumerCommand(), serviceCommand(), inviteCommand()])
    program.addCommand(command);
  const refine = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: (text) => (printed.stdout += text),
      writeErr: (text) => (printed.stderr += text),
    });
    command.commands.forEach(refine);
  };
  refine(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } finally {
    log.mockRestore();
    error.mockRestore();
  }
  return printed;
}
