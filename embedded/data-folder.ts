import { chmod, mkdir, stat } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import type { Logger } from "pino";

const OTHERS = 0o007;
/** Sticky: a folder of all users, such as /tmp, is nobody's to close. */
const SHARED = 0o1000;

/**
 * Makes the folder of all that is stored, for its owner alone: the log of what is not yet in the store's file has readings, too,
 * and no mode of its own. A folder of a version that let every user of the machine in is closed to them; its group's rights are its
 * owner's own doing.
 */
export async function openDataFolder(folder: string, logger: Logger): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: Error) => {
    throw new PlatformError(
      "data-folder",
      `the data folder ${folder} cannot be made: is its disk writable, and its parent this user's? Else set SMP_DATA_DIR (${cause.message})`,
      { cause },
    );
  });
  const { mode } = await stat(folder);
  if ((mode & OTHERS) === 0 || (mode & SHARED) !== 0) return;
  await chmod(folder, mode & 0o7777 & ~OTHERS).then(
    () => logger.warn({ folder }, "every user of this machine could read what is stored; now only its owner"),
    (error: unknown) =>
      logger.warn({ err: error, folder }, "every user of this machine can read what is stored: chmod o= it"),
  );
}
