/** A process that spools readings without end, says which are safe, and is killed by the test. */
import { spoolLog } from "../../dist/index.js";

const [, , dir = "", first = "0"] = process.argv;
const away = {
  append: () => Promise.reject(new Error("away")),
  consume: () => Promise.resolve(),
  health: () => Promise.resolve({ ok: false }),
  close: () => Promise.resolve(),
};
const log = spoolLog(away, { dir, bytesMax: 2 ** 26 });
for (let t = Number(first); ; t += 3) {
  const readings = [t, t + 1, t + 2].map((time) => ({
    meter: "m",
    device: "m",
    t: time,
    received: 1,
    r: { "x-a": time },
  }));
  await log.append({ readings, rejected: [], statuses: [] });
  process.stdout.write(`${t + 2}\n`);
}
