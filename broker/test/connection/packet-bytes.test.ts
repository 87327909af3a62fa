import type { Client } from "aedes";
import fc from "fast-check";
import mqttPacket, { type Packet } from "mqtt-packet";
import { expect, test } from "vitest";
import { PacketBytes, readInPlace } from "../../src/connection/packet-bytes.ts";
import { CONNECT } from "../harness.ts";

const will = { topic: "sm/v1/m7/status", payload: Buffer.from("offline"), qos: 1, retain: true } as const;
const STREAM = Buffer.concat(
  (
    [
      { ...CONNECT, will },
      {
        cmd: "publish",
        topic: "sm/v1/m7/reading",
        payload: "ü".repeat(150),
        qos: 1,
        messageId: 65_535,
        dup: false,
        retain: false,
      },
      { cmd: "publish", topic: "sm/v1/m7/status", payload: "", qos: 0, dup: false, retain: true },
      { cmd: "pingreq" },
      {
        cmd: "subscribe",
        messageId: 3,
        subscriptions: [
          { topic: "live/v1/#", qos: 1 },
          { topic: "a", qos: 0 },
        ],
      },
      { cmd: "unsubscribe", messageId: 4, unsubscriptions: ["live/v1/#"] },
      { cmd: "puback", messageId: 5 },
      { cmd: "disconnect" },
    ] satisfies Packet[]
  ).map((packet) => mqttPacket.generate(packet)),
);

/** What a parser makes of the stream, cut at the given places. */
function packetsOf(cuts: readonly number[], { inPlace }: { inPlace: boolean }): unknown[] {
  const packets: unknown[] = [];
  const parser = mqttPacket.parser();
  if (inPlace) readInPlace({ _parser: parser } as unknown as Client);
  parser.on("packet", (packet) => packets.push(structuredClone(packet)));
  parser.on("error", (error) => packets.push(error.message));
  const ends = [...new Set([...cuts, STREAM.length])].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    parser.parse(STREAM.subarray(start, end));
    start = end;
  }
  return packets;
}

test("packets are the same as with bl, wherever the stream is cut", () => {
  const whole = packetsOf([], { inPlace: false });
  expect(whole).toHaveLength(8);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: STREAM.length - 1 }), { maxLength: 40 }), (cuts) => {
      expect(packetsOf(cuts, { inPlace: true })).toEqual(whole);
    }),
  );
});

test("bytes that were read are held no longer", () => {
  const bytes = new PacketBytes();
  bytes.append(Buffer.from([1, 2, 3, 4, 5]));
  bytes.consume(2);
  bytes.append(Buffer.from([6]));
  expect([bytes.length, bytes.readUInt8(0), bytes.readUInt16BE(0), bytes.readUInt32BE(0)]).toEqual([
    4, 3, 0x304, 0x3040506,
  ]);
  expect(bytes.slice(1, 9)).toEqual(Buffer.from([4, 5, 6]));
  bytes.consume(4);
  expect([bytes.length, bytes.readUInt8(0), bytes.slice(0, 9).length]).toEqual([0, 0, 0]);
});

test("each text is what its bytes say, whichever was read before", () => {
  const text = fc.oneof(
    fc.constantFrom(
      "sm/v1/m7/reading",
      "sm/v1/m8/reading",
      "sm/v1/m7/readin\u00fc",
      "sm/v1/m7/readin\u00c3",
      "",
    ),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.uint8Array({ maxLength: 20 }),
    // Not UTF-8, but the codes of the text above.
    fc.constant(Buffer.from("sm/v1/m7/readin\u00fc", "latin1")),
    fc.integer({ min: 250, max: 260 }).map((length) => "t".repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.boolean())), fc.boolean(), (texts, isOneChunk) => {
      const bytes = new PacketBytes();
      const encoded = texts.flatMap(([one, isRepeated]) =>
        Array.from({ length: isRepeated ? 2 : 1 }, () => Buffer.from(one as string)),
      );
      if (isOneChunk) bytes.append(Buffer.concat(encoded));
      for (const one of encoded) {
        if (!isOneChunk) bytes.append(one);
        expect(bytes.toString("utf8", 0, one.length)).toBe(one.toString("utf8"));
        bytes.consume(one.length);
      }
    }),
    {
      examples: [
        [
          [
            ["sm/v1/m7/reading", false],
            ["xm/v1/m7/reading", false],
          ],
          true,
        ],
      ],
    },
  );
});
