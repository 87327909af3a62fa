import { createCipheriv } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createMeterDecoder } from "../../src/meter/decoder.ts";
import { faultsOf, telegramsOf } from "./replay.ts";

const KEY = Buffer.alloc(16, 7);
const HEADER = Buffer.from("786756342D4C010E05005005", "hex");
/** 1 July 2014, 10:12:31 in Vienna. */
const CLOCK = "5F0C0AC11700";

/** A telegram as the meter sends it: OMS security mode 5 in a wired M-Bus frame. */
function amis({ energyWh = 1_000, clock = CLOCK } = {}): Buffer {
  const energy = Buffer.alloc(4);
  energy.writeUInt32LE(energyWh);
  const records = Buffer.concat([
    Buffer.from(`2F2F066D${clock}0403`, "hex"),
    energy,
    Buffer.from("042B9D010000", "hex"),
  ]);
  const plain = Buffer.concat([records, Buffer.alloc(16 - (records.length % 16), 0x2f)]);
  const iv = Buffer.concat([HEADER.subarray(4, 6), HEADER.subarray(0, 4), HEADER.subarray(6, 8)]);
  const cipher = createCipheriv("aes-128-cbc", KEY, Buffer.concat([iv, Buffer.alloc(8, HEADER[8])]));
  const content = Buffer.concat([
    Buffer.from("53F05B", "hex"),
    HEADER,
    cipher.setAutoPadding(false).update(plain),
  ]);
  const checksum = content.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return Buffer.from([0x68, content.length, content.length, 0x68, ...content, checksum, 0x16]);
}

describe("Siemens AMIS", () => {
  test("a clock that calls itself invalid gives no time", () => {
    const decoder = createMeterDecoder({ key: KEY });
    const [telegram] = telegramsOf(decoder.push(amis(), 0));
    expect(telegram).toMatchObject({ t: Date.UTC(2014, 6, 1, 8, 12, 31), meter: "34566778" });
    expect(telegram?.registers).toMatchObject({ "1-0:1.8.0": { value: 1_000 }, "1-0:1.7.0": { value: 413 } });
    const [invalid] = telegramsOf(decoder.push(amis({ clock: CLOCK.replace("0C", "8C") }), 1_000));
    expect(invalid).toMatchObject({ t: null, clock: "invalid" });
  });

  test("a counter that jumps on a line with a checksum of 8 bits is not believed at once", () => {
    const decoder = createMeterDecoder({ key: KEY });
    expect(telegramsOf(decoder.push(amis(), 0))).toHaveLength(1);
    const damaged = decoder.push(amis({ energyWh: 1_000 + 2 ** 24 }), 1_000);
    expect(telegramsOf(damaged)).toHaveLength(0);
    expect(faultsOf(damaged)).toMatchObject([{ code: "implausible" }]);
    expect(telegramsOf(decoder.push(amis({ energyWh: 1_001 }), 2_000))).toHaveLength(1);
  });
});
