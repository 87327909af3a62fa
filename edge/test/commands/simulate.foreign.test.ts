import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { expect, test } from "vitest";
import { pino } from "pino";
import { createMeterDecoder } from "../../src/meter/decoder.ts";
import { simulateCommand } from "../../src/commands/simulate.ts";
import { keyOfSeed } from "../../src/commands/simulate-flags.ts";
import { serialTransport } from "../../src/transport/serial.ts";
import { ptyPair } from "../transport/pty-pair.ts";

test("smp simulate on one end of a serial line is read on the other, faults and all", async () => {
  const pair = await ptyPair();
  // Its last words are still on the line when the meter hangs up: while somebody holds that end, none of them is lost.
  const held = await open(pair.far, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const simulate = simulateCommand({ output: process.stdout, messages: { write: () => undefined } });
  const args = [`--port=${pair.far}`, "--from=2026-06-21T10:00:00Z", "--interval=60", "--count=60"];
  const faults = ["--start-mid-telegram", "--trailing-zeros=2", "--wrapped-length", "--chunk=random"];
  const stop = new AbortController();
  let simulated: Promise<unknown> = Promise.resolve();
  const logger = pino(
    {},
    {
      write(line: string) {
        if (line.includes('"msg":"open"'))
          simulated = simulate.parseAsync([...args, ...faults], { from: "user" });
      },
    },
  );
  const decoder = createMeterDecoder({ key: Buffer.from(keyOfSeed(1), "hex") });
  const times: (string | null)[] = [];
  for await (const chunk of serialTransport({ path: pair.near, logger }).bytes(stop.signal)) {
    for (const event of decoder.push(chunk, Date.now()))
      if (event.kind === "telegram") times.push(event.telegram.time);
    if (times.length === 59) stop.abort();
  }
  await simulated;
  await held.close();
  await pair.close();
  // The first was cut; each other one came once.
  expect(times).toHaveLength(59);
  expect(times.at(0)).toBe("2026-06-21T12:01:00+02:00");
  expect(times.at(-1)).toBe("2026-06-21T12:59:00+02:00");
  expect(new Set(times).size).toBe(59);
});
