import type { Writable } from "node:stream";

const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warning",
  50: "error",
  60: "fatal",
};

interface Line {
  level: number;
  time: number;
  msg?: string;
  meter?: string;
  err?: { message?: string };
}

/** A destination for pino that writes `12:34:56 warning main: no byte …` instead of JSON. */
export function readableLog(output: Writable): { write(line: string): void } {
  return {
    write(line) {
      const { level, time, msg = "", meter, err } = JSON.parse(line) as Line;
      const clock = new Date(time).toLocaleTimeString("en-GB");
      const who = meter === undefined ? "" : `${meter}: `;
      const why = err?.message === undefined ? "" : ` (${err.message})`;
      output.write(`${clock} ${LEVELS[level] ?? level} ${who}${msg}${why}\n`);
    },
  };
}
