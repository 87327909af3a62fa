import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectedViews, viewsOf } from "./expectation.ts";
import { byteByByte, cut, decodeChunks, faultsOf, noise, telegramsOf } from "./replay.ts";
import { bytesOf, expectedOf, keysOf, protocolOf, VECTORS } from "./vectors.ts";

const decodable = VECTORS.filter((vector) => !vector.framing_only);
const withTelegrams = decodable.filter((vector) => expectedOf(vector).length > 0);

test("there are captures of every protocol, with and without keys", () => {
  expect(VECTORS.length).toBeGreaterThanOrEqual(43);
  expect(new Set(VECTORS.map(({ transport }) => transport)).size).toBe(5);
  expect(withTelegrams.filter(({ key_hex: key }) => key !== undefined).length).toBeGreaterThanOrEqual(11);
});

describe.each(decodable)("$id", (vector) => {
  const options = keysOf(vector);
  const bytes = bytesOf(vector);
  const expected = expectedViews(vector);

  test("decodes in one chunk", () => {
    expect(viewsOf(telegramsOf(decodeChunks([bytes], options)), vector)).toEqual(expected);
  });

  test("decodes byte by byte", () => {
    expect(viewsOf(telegramsOf(decodeChunks(byteByByte(bytes), options)), vector)).toEqual(expected);
  });

  test("decodes with its protocol given", () => {
    expect(
      viewsOf(telegramsOf(decodeChunks([bytes], { ...options, protocol: protocolOf(vector) })), vector),
    ).toEqual(expected);
  });

  test("decodes in random chunks, with noise before and after", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(4000), { maxLength: 12 }),
        fc.uint8Array({ maxLength: 700 }),
        fc.uint8Array({ maxLength: 700 }),
        (places, before, after) => {
          const stream = Buffer.concat([before, bytes, after]);
          expect(viewsOf(telegramsOf(decodeChunks(cut(stream, places), options)), vector)).toEqual(expected);
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe.each(withTelegrams)("$id", (vector) => {
  const expected = expectedOf(vector);
  test("is found again behind itself and noise", () => {
    const bytes = bytesOf(vector);
    for (let seed = 1; seed <= 10; seed++) {
      const stream = [
        noise(50 * seed, seed),
        bytes,
        noise(97 * seed, seed + 100),
        bytes,
        noise(300, seed + 200),
      ];
      const events = decodeChunks(stream, keysOf(vector));
      const replays = faultsOf(events).filter(({ code }) => code === "replayed").length;
      expect(telegramsOf(events).length + replays, `seed ${seed}`).toBe(2 * expected.length);
    }
  });
});

describe.each(VECTORS.filter((vector) => vector.framing_only))("$id, without its key", (vector) => {
  test.each([
    ["in one chunk", [bytesOf(vector)]],
    ["byte by byte", byteByByte(bytesOf(vector))],
  ])("shows title, counter and lengths %s", (_, chunks) => {
    const events = decodeChunks(chunks);
    const [expected] = expectedOf(vector);
    expect(events).toHaveLength(1);
    expect(faultsOf(events)[0]).toMatchObject({
      code: "key-missing",
      sealed: {
        protocol: protocolOf(vector),
        systemTitle: expected?.system_title,
        frameCounter: expected?.frame_counter,
        securityControl: expected?.security_control?.slice(2),
        apduLength: expected?.apdu_length,
        declaredLength: expected?.declared_length,
        frames: expected?.segments,
      },
    });
  });
});
