const SECOND_MS = 1_000;

/**
 * Lets at most so many lines a second into the log of what may come with every message: thousands of devices with one fault would
 * fill the disk, and hold up the process that writes. `unlogged`: how many were left out since the line before.
 */
export function limitedLines(perSecond = 10): (write: (unlogged: number) => void) => void {
  let began = -Infinity;
  let lines = 0;
  let unlogged = 0;
  return (write) => {
    const now = performance.now();
    if (now - began >= SECOND_MS) [began, lines] = [now, 0];
    if (++lines > perSecond) {
      unlogged++;
      return;
    }
    const before = unlogged;
    unlogged = 0;
    write(before);
  };
}
