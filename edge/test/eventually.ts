import { vi } from "vitest";

/** Asks again until the check passes; a loaded machine has time. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 15_000, interval: 5 });
