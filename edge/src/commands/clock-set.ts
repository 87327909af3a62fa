import { existsSync } from "node:fs";
import { join } from "node:path";

/** systemd-timesyncd has its folder here while it runs, and touches a file in it once it has set the clock. */
const TIMESYNC = "/run/systemd/timesync";

/**
 * Whether this machine's clock may be believed. One without a battery begins with the time of its last shutdown, which
 * looks like any other, until the network gives it the present. Without timesyncd nobody says so, and it is believed.
 */
export const isClockSet = (folder: string = TIMESYNC): boolean =>
  !existsSync(folder) || existsSync(join(folder, "synchronized"));
