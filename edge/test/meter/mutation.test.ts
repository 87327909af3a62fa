import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Framing } from "../../src/framing/framing.ts";
import type { Message } from "../../src/framing/message.ts";
import { ApduDecoder } from "../../src/meter/apdu-decoder.ts";
import { PROFILES } from "../../src/meter/profiles/table.ts";
import { Malformed } from "../../src/protocol/malformed.ts";
import { decipher, isCiphered, readCiphered, toKey } from "../../src/protocol/ciphering.ts";
import { telegramsOf } from "./replay.ts";
import { bytesOf, keysOf, VECTORS, type Vector } from "./vectors.ts";

/** A vector's messages, decrypted: the code behind checksums and ciphers meets what its input can become at worst. */
function plainMessages(vector: Vector): Message[] {
  const messages: Message[] = [];
  const framing = new Framing();
  const sink = {
    message: (message: Message): void => void messages.push(message),
    damaged: (): void => {},
    lost: (): void => {},
    discarded: (): void => {},
  };
  framing.push(bytesOf(vector), 0, sink);
  framing.flush(sink);
  const { key } = keysOf(vector);
  return messages.map((message) => {
    if (key === undefined || !isCiphered(message.bytes)) return message;
    const deciphered = decipher(readCiphered(message.bytes), { key: toKey(key) });
    return deciphered.kind === "plain" ? { ...message, bytes: deciphered.plain } : message;
  });
}

const mutation = fc.record({
  at: fc.nat(2000),
  byte: fc.nat(255),
  kind: fc.constantFrom("set", "insert", "remove", "cut"),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(bytes: Uint8Array, { at, byte, kind }: Mutation): Uint8Array {
  const place = at % (bytes.length + 1);
  const head = [...bytes.subarray(0, place)];
  if (kind === "cut") return Uint8Array.from(head);
  if (kind === "remove") return Uint8Array.from([...head, ...bytes.subarray(place + 1)]);
  return Uint8Array.from([...head, byte, ...bytes.subarray(kind === "set" ? place + 1 : place)]);
}

describe.each(VECTORS.filter(({ framing_only: framingOnly }) => !framingOnly))("$id", (vector) => {
  test("changed behind its checksums gives telegrams, faults or the one error, in finite numbers", () => {
    const messages = plainMessages(vector);
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const decoder = new ApduDecoder({
          keys: {},
          profiles: PROFILES,
          timeZone: "Europe/Vienna",
          chosen: false,
        });
        let failure: unknown;
        for (const message of messages)
          try {
            const events = decoder.decode({ ...message, bytes: mutations.reduce(mutate, message.bytes) }, 0);
            const odd = telegramsOf(events).flatMap(({ registers }) =>
              Object.values(registers).filter(({ value }) => !Number.isFinite(value)),
            );
            if (odd.length > 0) failure ??= odd;
          } catch (error) {
            failure ??= error instanceof Malformed ? undefined : error;
          }
        expect(failure).toBeUndefined();
      }),
      { numRuns: 150, seed: 1 },
    );
  });
});
