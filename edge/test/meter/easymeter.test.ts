import { expect, test } from "vitest";
import { toReading } from "../../src/meter/to-reading.ts";
import { decodeChunks, telegramsOf } from "./replay.ts";

/** Public captures of EasyMeter Q3D, which push by IEC 62056-21 mode D; the numbers are replaced. */
const telegram = (...lines: string[]): Buffer =>
  Buffer.from(["/ESY5Q3DA1024 V3.04", "", "1-0:0.0.0*255(0272030000000)", ...lines, "!", ""].join("\r\n"));
const registersOf = (bytes: Buffer): unknown =>
  telegramsOf(decodeChunks([bytes])).map((read) => toReading(read).r);

test("EasyMeter counters have seven decimals, and their power is of both directions", () => {
  const read = registersOf(
    telegram(
      "1-0:1.8.0*255(00066982.7369255*kWh)",
      "1-0:2.8.0*255(00025261.5976087*kWh)",
      "1-0:21.7.0*255(-000128.41*W)",
      "1-0:1.7.0*255(-000116.77*W)",
      "1-0:96.5.5*255(80)",
      "0-0:96.1.255*255(1ESY1313000000)",
    ),
  );
  expect(read).toEqual([
    { "1-0:1.8.0": 66_982_737, "1-0:2.8.0": 25_261_598, "1-0:16.7.0": -116.77, "1-0:36.7.0": -128.41 },
  ]);
});

test("older ones leave group E open", () => {
  const read = registersOf(telegram("1-0:1.8.0*255(00026107.7034231*kWh)", "1-0:1.7.255*255(000336.45*W)"));
  expect(read).toEqual([{ "1-0:1.8.0": 26_107_703, "1-0:16.7.0": 336.45 }]);
});
