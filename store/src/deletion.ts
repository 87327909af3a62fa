import type { Deletion } from "./store.ts";

/** Which readings, quarter hours or rejected messages of a deleted meter go; both stores understand it. */
export const goneSql = ({ before, beyond }: Deletion): string =>
  beyond === undefined ? `received < ${before}` : `(received < ${before} OR received > ${beyond})`;
