import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const command = fileURLToPath(new URL("../../dist/smp.js", import.meta.url));

/** Makes an administrator's token with the command that an operator has; returns the header that carries it. */
export async function adminHeaders(environment: Record<string, string>): Promise<{ authorization: string }> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [command, "token", "create", "tests", "--admin"],
    { env: { ...process.env, ...environment }, timeout: 30_000 },
  );
  return { authorization: `Bearer ${stdout.trim()}` };
}
