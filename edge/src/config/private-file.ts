import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { PlatformError, refusalOf } from "@smp/schemas";

const OTHERS = 0o077;
const BYTES_MAX = 65_536;

/**
 * Reads a secret from a file that only its owner may touch. A looser one is refused: whoever has a meter's key reads
 * that house's telegrams.
 */
export async function readPrivateFile(path: string, what: string): Promise<Buffer> {
  const file = await open(path, "r").catch((error: unknown) => {
    throw new PlatformError("secret-missing", `${path} with ${what} cannot be read: ${refusalOf(error)}`, {
      cause: error,
    });
  });
  try {
    const { mode, size } = await file.stat();
    if ((mode & OTHERS) !== 0 && hasModes() && !isSystemdCredential(path))
      throw new PlatformError(
        "secret-exposed",
        `${path} with ${what} can be read by others (mode ${(mode & 0o777).toString(8).padStart(4, "0")}): run  chmod 600 ${path}`,
      );
    if (size > BYTES_MAX) throw new PlatformError("secret-too-large", `${path} is too large for ${what}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

const hasModes = (): boolean => process.platform !== "win32";

/** systemd gives credentials to the service's user by an access list, whose mask stands where the group's mode would. */
function isSystemdCredential(path: string): boolean {
  const directory = process.env["CREDENTIALS_DIRECTORY"];
  return directory !== undefined && dirname(resolve(path)) === resolve(directory);
}
