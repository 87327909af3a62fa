import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc16Arc, crc16X25 } from "../../src/framing/crc16.ts";
import { dlmsFrame } from "../../src/framing/dlms-frame.ts";
import { dsmrFrame } from "../../src/framing/dsmr-frame.ts";
import { hdlcFrame } from "../../src/framing/hdlc-frame.ts";
import { mbusFrame } from "../../src/framing/mbus-frame.ts";
import { smlFrame } from "../../src/framing/sml-frame.ts";
import { cut } from "../meter/replay.ts";
import { concat, hdlc, mbus, scan, sml } from "./builders.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

test("the CRCs give the catalogue's check values", () => {
  expect(crc16X25(ascii("123456789"), 0, 9)).toBe(0x906e);
  expect(crc16Arc(ascii("123456789"), 0, 9)).toBe(0xbb3d);
});

describe("wired M-Bus", () => {
  test.each([1, 0x1d, 0x5d, 0xf5, 0xf6, 0xfb, 0xfc, 0xff, 0x100, 0x180])(
    "a frame with %i bytes of data is found",
    (size) => {
      const frame = mbus(
        0x10,
        Array.from({ length: size }, (_, index) => index & 0xff),
      );
      const { frames, discarded, damaged } = scan([mbusFrame], [frame, frame]);
      expect(frames).toHaveLength(2);
      expect(frames[0]).toMatchObject({ control: 0x53, address: 0xff, controlInformation: 0x10 });
      expect({ discarded, damaged }).toEqual({ discarded: 0, damaged: 0 });
    },
  );

  test("start bytes in noise, and a cut frame, do not take the next one with them", () => {
    const frame = mbus(
      0x10,
      Array.from({ length: 80 }, () => 0x68),
    );
    const noise = [0x68, 0x68, 0x68, 0x68, 0xfa, 0xfa, 0x68, 0x68, 0x50, 0x50];
    const { frames, discarded } = scan(
      [mbusFrame],
      [concat(noise, frame.subarray(0, 40), frame, [0, 0, 0x68])],
    );
    expect(frames).toHaveLength(1);
    expect(discarded).toBe(noise.length + 40 + 3);
  });

  // Telegrams of one size: the length of a damaged last frame, plus 256, ends exactly with the next telegram's first one.
  test("a wrapped length is not believed when another frame begins inside, though its checksum fits", () => {
    const last = mbus(
      0x11,
      Array.from({ length: 109 }, (_, index) => index),
    );
    const next = mbus(
      0x00,
      Array.from({ length: 245 }, (_, index) => index),
    );
    const between = [...last.subarray(4, -1), ...next.subarray(0, 4)];
    const stop = -between.reduce((sum, byte) => sum + byte, 0) & 0xff;
    const stream = concat(last.subarray(0, -1), [stop], next);
    expect(stop).not.toBe(0x16);
    const length = (stream[1] ?? 0) + 256;
    expect(stream.subarray(4, 4 + length).reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(
      stream[4 + length],
    );
    expect(scan([mbusFrame], [stream])).toMatchObject({
      frames: [{ controlInformation: 0x00 }],
      damaged: 1,
      discarded: last.length,
    });
  });

  test("a wrong checksum is counted, and nothing comes of the frame", () => {
    const frame = mbus(0x10, [1, 2, 3]).with(9, 0xff);
    expect(scan([mbusFrame], [frame])).toMatchObject({ frames: [], damaged: 1, discarded: frame.length });
  });
});

describe("HDLC", () => {
  const information = [0xe6, 0xe7, 0x00, 0x0f, 0x7e, 0x7e, 0xa0, 0x16];

  test("flags may be shared, doubled, or stand inside", () => {
    const frame = hdlc(information);
    const shared = concat(frame, frame.subarray(1), [0x7e, 0x7e], frame.subarray(1), [0x7e, 0x7e, 0x7e]);
    const { frames, discarded, damaged } = scan([hdlcFrame], [shared]);
    expect(frames.map((one) => (one.protocol === "hdlc" ? [...one.information] : one))).toEqual([
      information,
      information,
      information,
    ]);
    expect({ discarded, damaged }).toEqual({ discarded: 0, damaged: 0 });
  });

  test.each([
    [[0xcf, 0x13]],
    [[0xce, 0xff, 0x03]],
    [[0xcf, 0x00, 0x02, 0x00, 0x23]],
    [[0x02, 0x04, 0x06, 0x09, 0x13]],
  ])("addresses of one to four bytes are read: %j", (addresses) => {
    const { frames } = scan([hdlcFrame], [hdlc(information, { addresses })]);
    expect(frames).toHaveLength(1);
  });

  test("flags in noise are noise", () => {
    const noise = [0x01, 0x7e, 0x7e, 0x02, 0x7e];
    expect(scan([hdlcFrame], [Uint8Array.from(noise)]).discarded).toBe(5);
    // The flag before a frame is its own.
    expect(scan([hdlcFrame], [concat(noise, hdlc(information), noise)]).discarded).toBe(9);
  });

  test("a frame of more than 1 KiB is found, and one whose addresses never end is none", () => {
    const long = Array.from({ length: 1_100 }, (_, index) => index & 0xff);
    expect(scan([hdlcFrame], [hdlc(long)]).frames).toHaveLength(1);
    expect(scan([hdlcFrame], [hdlc([1], { addresses: [2, 4, 6, 8, 9, 0x13] })]).frames).toEqual([]);
  });

  test("a frame without information is a frame", () => {
    expect(scan([hdlcFrame], [hdlc([])]).frames).toMatchObject([{ information: new Uint8Array(0) }]);
  });

  test("a header with a wrong check holds nothing up", () => {
    const scanner = scan(
      [hdlcFrame],
      [concat([0x7e, 0xa7, 0xff, 0x03, 0x13, 0x10, 0, 0], hdlc(information))],
    );
    expect(scanner.frames).toHaveLength(1);
  });
});

describe("SML", () => {
  const body = [0x76, 0x05, 1, 2, 3, 4];

  test("both orders of the CRC are accepted, padding is removed", () => {
    const files = concat(sml([...body, 0, 0], { padding: 2 }), sml(body, { swapped: true }));
    const { frames, discarded } = scan([smlFrame], [files]);
    expect(frames.map((frame) => (frame.protocol === "sml" ? [...frame.file] : frame))).toEqual([body, body]);
    expect(discarded).toBe(0);
  });

  test("more padding than a group has is none", () => {
    expect(scan([smlFrame], [sml([...body, 0, 0, 0, 0], { padding: 4 })]).frames).toEqual([]);
  });

  test("an escaped escape is data", () => {
    const escape = [0x1b, 0x1b, 0x1b, 0x1b];
    const { frames } = scan([smlFrame], [sml([7, ...escape, ...escape, 0x1b, 8, 0x1b])]);
    expect(frames).toMatchObject([{ file: Uint8Array.of(7, ...escape, 0x1b, 8, 0x1b) }]);
  });

  test("a cut file does not take the next one with it", () => {
    const { frames, damaged } = scan([smlFrame], [concat(sml(body).subarray(0, 12), sml(body))]);
    expect(frames).toHaveLength(1);
    expect(damaged).toBe(1);
  });
});

describe("DSMR", () => {
  const telegram = "/ISK5\\2M550T-1012\r\n\r\n1-0:1.8.1(000001.001*kWh)\r\n0-0:96.13.0(2F21)\r\n!";
  const crc = crc16Arc(ascii(telegram), 0, telegram.length).toString(16).toUpperCase();

  test.each([
    ["with its CRC", `${telegram}${crc.padStart(4, "0")}\r\n`, true],
    ["in lower case", `${telegram}${crc.padStart(4, "0").toLowerCase()}\r\n`, true],
    ["without a CRC", `${telegram}\r\n`, false],
    ["without the last line end", `${telegram}${crc.padStart(4, "0")}`, true],
    ["saved with bare line feeds", `${telegram}${crc.padStart(4, "0")}\r\n`.replaceAll("\r\n", "\n"), true],
  ])("a telegram is found %s", (_, text, checked) => {
    expect(scan([dsmrFrame], [ascii(text)])).toMatchObject({
      frames: [{ checked }],
      damaged: 0,
      discarded: 0,
    });
    expect(scan([dsmrFrame], [ascii(text + text)]).frames).toHaveLength(2);
  });

  test("a CRC that is not zero-padded is read as the number that it is", () => {
    // Find a telegram whose CRC begins with a zero.
    const found = Array.from({ length: 4096 }, (_, n) => telegram.replace("2M550T-1012", `2M550T-${n}`)).find(
      (text) => crc16Arc(ascii(text), 0, text.length) < 0x1000,
    );
    const short = crc16Arc(ascii(found ?? ""), 0, found?.length ?? 0).toString(16);
    expect(short.length).toBeLessThan(4);
    expect(scan([dsmrFrame], [ascii(`${found}${short}\r\n`)]).frames).toHaveLength(1);
  });

  test("a wrong CRC, and a cut telegram, cost only themselves", () => {
    const good = `${telegram}${crc.padStart(4, "0")}\r\n`;
    const { frames, damaged } = scan(
      [dsmrFrame],
      [ascii(`${telegram}0000\r\n${good.slice(0, 30)}\r\n${good}`)],
    );
    expect(frames).toHaveLength(1);
    expect(damaged).toBe(2);
  });
});

describe("bare DLMS", () => {
  const plain = Uint8Array.from(Buffer.from("0F0000000100020109060100010700FF", "hex"));
  const ciphered = concat([0xdb, 0x08], ascii("KFM12345"), [0x0a, 0x20, 0, 0, 0, 1, 1, 2, 3, 4, 5]);

  test("an APDU ends where its own structure says", () => {
    const { frames, discarded } = scan([dlmsFrame], [concat(plain, plain, ciphered, [9, 9])]);
    expect(frames).toHaveLength(3);
    expect(discarded).toBe(2);
  });

  describe.each([
    ["ciphered", concat([0xdb, 0x08], ascii("KFM12345"), [0x81, 0xf8, 0x20, 0, 0, 0, 1])],
    ["plain", Uint8Array.of(0x0f, 0, 0, 0, 1, 0, 0x02, 0x01, 0x09, 0x81, 0xf8)],
  ])("that seems to be one, %s, in frames without their first header", (_, head) => {
    const size = head.length + (head[0] === 0x0f ? 248 : 243);
    const apdu = concat(
      head,
      Array.from({ length: size - head.length }, (__, index) => index & 0x3f),
    );
    test.each([20, 100, 239, size - 5, size - 3])("goes over to the second after %i bytes", (cut) => {
      const second = mbus(0x11, [...apdu.subarray(cut), ...Array.from({ length: 20 }, () => 0x20)]);
      const stream = concat(apdu.subarray(0, cut), [0x55, 0x16], second);
      const bytewise = Array.from(stream, (byte) => Uint8Array.of(byte));
      for (const chunks of [[stream], bytewise]) {
        const { frames } = scan([mbusFrame, dlmsFrame], chunks);
        expect(frames.map(({ protocol }) => protocol)).toEqual(["mbus"]);
      }
    });

    test("is one when no frame begins inside, whatever its last byte is", () => {
      const whole = concat(apdu.subarray(0, -1), [0x68]);
      for (const chunks of [[whole], Array.from(whole, (byte) => Uint8Array.of(byte)), [whole, whole]])
        expect(scan([mbusFrame, dlmsFrame], chunks).frames[0]).toMatchObject({
          protocol: "dlms",
          apdu: whole,
        });
    });
  });

  test.each([
    ["M-Bus", [0x68, 0x17, 0x17, 0x68, 0x53, 0xff, 0x10, 0x01, 0x67]],
    ["M-Bus with a damaged byte", [0x68, 0x17, 0x57, 0x68, 0x53, 0xff, 0x10, 0x01, 0x67]],
    ["HDLC", [0xe6, 0xe7, 0x00]],
    ["HDLC with a damaged byte", [0xe6, 0xe5, 0x00]],
    ["a first block", [0xe0, 0x40, 0x00, 0x01, 0x00, 0x00, 0x70]],
  ])("is not taken out of a refused frame of %s", (_, envelope) => {
    expect(scan([dlmsFrame], [concat(envelope, ciphered)]).frames).toEqual([]);
    expect(scan([dlmsFrame], [concat(envelope, plain)]).frames).toEqual([]);
  });
});

test.each([
  ["wired M-Bus", mbusFrame, mbus(0x10, [1, 2, 3, 0x68, 0x16])],
  ["HDLC", hdlcFrame, hdlc([0xe6, 0xe7, 0x00, 0x0f, 0x7e, 1])],
  ["SML", smlFrame, sml([0x76, 5, 1, 2, 3, 0], { padding: 1 })],
  ["DSMR", dsmrFrame, ascii("/ISK5\\2M550T-1012\r\n\r\n1-0:1.8.1(000001.001*kWh)\r\n!B258\r\n")],
] as const)("of %s no frame comes that one flipped bit has changed", (_, format, bytes) => {
  const { frames } = scan([format], [bytes]);
  expect(frames).toHaveLength(1);
  const changed: number[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
    for (const frame of scan([format], [flipped]).frames)
      if (!isDeepStrictEqual(frame, frames[0])) changed.push(bit);
  }
  expect(changed).toEqual([]);
});

test("every frame is found in any chunks and noise", () => {
  const formats = [mbusFrame, hdlcFrame, smlFrame, dsmrFrame];
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 240 }).map((data) => mbus(0x10, [...data])),
    fc.uint8Array({ minLength: 1, maxLength: 500 }).map((data) => hdlc([...data])),
    fc.uint8Array({ maxLength: 300 }).map((data) => sml([...data].filter((byte) => byte !== 0x1b))),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 100 }), frame), { maxLength: 8 }),
      fc.array(fc.nat(4000)),
      (parts, places) => {
        const stream = concat(...parts.flat());
        expect(scan(formats, cut(stream, places)).frames).toHaveLength(parts.length);
      },
    ),
    { numRuns: 200, seed: 1 },
  );
});
