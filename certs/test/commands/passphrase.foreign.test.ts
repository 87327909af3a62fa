import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { runProgram, temporaryFolder, type Output } from "../pki-folder.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
beforeAll(
  () =>
    void execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "certs"], {
      cwd: root,
    }),
);

const COMMAND = `
  import { caCommand, deviceCommand } from "@smp/certs";
  const [name, ...args] = process.argv.slice(1);
  const command = name === "ca" ? caCommand() : deviceCommand();
  await command.parseAsync(args, { from: "user" }).catch((error) => {
    console.error(error.message);
    process.exit(error.code === "interrupted" ? 130 : 1);
  });`;

/** Python's pty gives the command a terminal; each answer is typed when its question is there. */
const TERMINAL = `
import json, os, pty, sys
command, steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0: os.execvp(command[0], command)
seen = ""
def read():
    global seen
    try: data = os.read(terminal, 4096).decode()
    except OSError: data = ""
    seen += data
    return data
at = 0
for question, answer in steps:
    while question not in seen[at:]:
        if not read(): break
    at = len(seen)
    os.write(terminal, answer.encode())
while read(): pass
print(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test("a passphrase is asked for at a terminal, is not shown, and Ctrl-C changes nothing", async () => {
  const folder = await temporaryFolder();
  const program = join(folder, "terminal.py");
  await writeFile(program, TERMINAL);
  const atTerminal = (steps: [string, string][], ...args: string[]): Promise<Output> => {
    const command = ["node", "--input-type=module", "-e", COMMAND, ...args, "--data", folder];
    return runProgram(
      "sh",
      "-c",
      'cd "$0" && exec /usr/bin/python3 "$1" "$2"',
      root,
      program,
      JSON.stringify([command, steps]),
    );
  };
  const made = await atTerminal(
    [
      ["not encrypted): ", "correct horse\n"],
      ["Once more: ", "correct horse\n"],
    ],
    "ca",
    "init",
  );
  expect(made.exitCode).toBe(0);
  expect(made.text).not.toContain("horse");
  expect(await readFile(join(folder, "pki/issuing-device/ca.key"), "utf8")).toContain("ENCRYPTED");
  const question = "Passphrase of the CA keys: ";
  expect((await atTerminal([[question, "correct horse\n"]], "device", "add", "m1")).text).toContain(
    "Issued the certificate of device m1",
  );
  const wrong = await atTerminal([[question, "battery\n"]], "device", "add", "m2");
  expect([wrong.exitCode, wrong.text]).toEqual([
    1,
    expect.stringContaining("does not open with this passphrase"),
  ]);
  const interrupted = await atTerminal([[question, "\u0003"]], "device", "add", "m2");
  expect([interrupted.exitCode, interrupted.text]).toEqual([
    130,
    expect.stringContaining("nothing was changed"),
  ]);
});
