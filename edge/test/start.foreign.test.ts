import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { SimulatedTelegram } from "../src/simulator/telegram-encoder.ts";
import { openSerialPort, closeSerialPort } from "../src/transport/serial.ts";
import { simulatedTransport } from "../src/transport/simulated.ts";
import { eventually } from "./eventually.ts";
import { scratch } from "./journal/scratch.ts";
import { scriptedBroker } from "./publisher/scripted-broker.ts";
import { ptyPair } from "./transport/pty-pair.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const KEY = "36c66639e48a8ca4d6bc8b282a793bbb";
const SECONDS = Number(process.env["SMP_LINE_SECONDS"] ?? 120);

/** What the platform must get of a telegram, to the last digit. */
const registersOf = ({ values }: SimulatedTelegram): Record<string, number> => ({
  "1-0:1.8.0": values.importWh,
  "1-0:2.8.0": values.exportWh,
  "1-0:1.7.0": values.importW,
  "1-0:2.7.0": values.exportW,
});

// Needs socat. The same speed as the real line, so it takes as long as it says.
test(
  `${SECONDS} s of a faulty serial line at 2400 baud: every undamaged telegram arrives, and no wrong value`,
  async () => {
    if (!existsSync(MAIN)) throw new Error("not built: run `npm run build` before this test");
    const broker = await scriptedBroker();
    const pair = await ptyPair();
    onTestFinished(() => pair.close());
    const directory = await scratch();
    const keyFile = join(directory, "meter.key");
    await writeFile(keyFile, KEY, { mode: 0o600 });
    const args = [
      "--serial",
      pair.near,
      "--key-file",
      keyFile,
      "--broker",
      broker.url,
      "--device",
      "house-7",
      "--data",
      directory,
      "--http",
      "off",
    ];
    const edge = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    onTestFinished(() => void edge.kill("SIGKILL"));
    let output = "";
    edge.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await eventually(() => expect(output).toContain('"msg":"open"'));

    const sent: SimulatedTelegram[] = [];
    const meter = simulatedTransport({
      key: KEY,
      pvKwp: 5,
      intervalMs: 2_000,
      chunkBytes: "random",
      faults: {
        startMidTelegram: true,
        lostBytes: 0.15,
        stuckBits: 0.15,
        duplicateFrame: 0.1,
        trailingZeros: 3,
      },
      onTelegram: (telegram) => sent.push(telegram),
    });
    const line = await openSerialPort({ path: pair.far });
    const stop = new AbortController();
    const end = setTimeout(() => stop.abort(), SECONDS * 1_000);
    for await (const chunk of meter.bytes(stop.signal))
      await new Promise((resolve) => line.write(chunk, () => line.drain(resolve)));
    clearTimeout(end);
    await closeSerialPort(line);

    const byTime = new Map(sent.map((telegram) => [telegram.values.stampedMs, telegram]));
    const due = sent.slice(0, -1).filter(({ wire }) => wire.readable); // the last one may be cut by the end
    await eventually(() => expect(broker.readings, output).toBeGreaterThanOrEqual(due.length));
    const readings = broker.acknowledged.flatMap(({ readings: batch }) => batch);
    for (const { t = 0, r } of readings) {
      const telegram = byTime.get(t);
      expect(r).toMatchObject(telegram ? registersOf(telegram) : { "no telegram": t });
    }
    const arrived = new Set(readings.map(({ t }) => t));
    expect(due.filter(({ values }) => !arrived.has(values.stampedMs))).toEqual([]);
    expect(arrived.size).toBe(readings.length);
    expect(due.length).toBeGreaterThan(SECONDS / 2 / 4);
    expect(due.length).toBeLessThan(sent.length - 1);
  },
  (SECONDS + 60) * 1_000,
);
