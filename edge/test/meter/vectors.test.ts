import { describe, expect, test } from "vitest";
import { createMeterDecoder, type MeterDecoderOptions } from "../../src/meter/decoder.ts";
import type { DecoderEvent, MeterDecoder, Telegram } from "../../src/meter/telegram.ts";
import { bytesOf, expectedOf, keysOf, VECTORS } from "./vectors.ts";
import { expectTelegram } from "./expectation.ts";

const run = (decoder: MeterDecoder, chunks: Iterable<Uint8Array>): DecoderEvent[] => {
  const events: DecoderEvent[] = [];
  for (const chunk of chunks) events.push(...decoder.push(chunk, 0));
  return [...events, ...decoder.flush()];
};
const telegramsOf = (events: readonly DecoderEvent[]): Telegram[] =>
  events.flatMap((event) => (event.kind === "telegram" ? [event.telegram] : []));

describe.each(VECTORS.filter((vector) => !vector.framing_only))("$id", (vector) => {
  const expected = expectedOf(vector);
  const options: MeterDecoderOptions = keysOf(vector);
  const bytes = bytesOf(vector);
  test("decodes in one chunk", () => {
    const telegrams = telegramsOf(run(createMeterDecoder(options), [bytes]));
    expect(telegrams).toHaveLength(expected.length);
    for (const [index, telegram] of telegrams.entries()) expectTelegram(telegram, expected[index]!, vector);
  });
});
