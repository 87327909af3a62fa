import { describe, expect, test } from "vitest";
import { Framing } from "../../src/framing/framing.ts";
import type { Message } from "../../src/framing/message.ts";
import type { Protocol } from "../../src/framing/frame.ts";
import { concat, hdlc, mbus } from "./builders.ts";

interface Run {
  messages: Message[];
  /** How many of the messages came before the end of the source. */
  prompt: number;
  lost: string[];
}

/** Pushes chunks, each at its own time. */
function frame(chunks: readonly (readonly [Uint8Array, number])[], protocol?: Protocol): Run {
  const run: Run = { messages: [], prompt: 0, lost: [] };
  const sink = {
    message: (message: Message): void => void run.messages.push(message),
    lost: (reason: string): void => void run.lost.push(reason),
    damaged: (): void => {},
    discarded: (): void => {},
  };
  const framing = new Framing(protocol);
  for (const [chunk, nowMs] of chunks) framing.push(chunk, nowMs, sink);
  run.prompt = run.messages.length;
  framing.flush(sink);
  return run;
}

const at = (...frames: Uint8Array[]): [Uint8Array, number][] => frames.map((bytes) => [bytes, 0]);
const apdusOf = ({ messages }: Run): number[][] => messages.map(({ bytes }) => [...bytes]);

describe("segments of wired M-Bus", () => {
  const first = mbus(0x00, [1, 2]);
  const last = mbus(0x11, [3, 4]);

  test("are joined, with noise between them", () => {
    const run = frame(at(first, Uint8Array.of(0x68, 0, 0xff), last));
    expect(apdusOf(run)).toEqual([[1, 2, 3, 4]]);
    expect(run.messages[0]).toMatchObject({ protocol: "mbus", kind: "apdu", frames: 2 });
    expect(run.lost).toEqual([]);
  });

  test("that a meter repeats are joined once", () => {
    expect(apdusOf(frame(at(first, first, last, last)))).toEqual([[1, 2, 3, 4]]);
  });

  test("with one missing give nothing, and the next telegram is whole", () => {
    const run = frame(at(mbus(0x00, [9]), mbus(0x12, [9]), first, last));
    expect(apdusOf(run)).toEqual([[1, 2, 3, 4]]);
    expect(run.lost).toEqual([expect.stringMatching(/segment 1 of a telegram is missing/)]);
  });

  test("of different telegrams are never joined: silence lies between them", () => {
    const run = frame([
      [first, 1_000],
      [last, 6_000],
    ]);
    expect(run.messages).toEqual([]);
    expect(run.lost.join()).toMatch(/the rest of a telegram never came/);
  });

  test("may be sixteen and more: the sequence number starts again", () => {
    const count = 20;
    const segments = Array.from({ length: count }, (_, index) =>
      mbus((index & 0x0f) | (index === count - 1 ? 0x10 : 0), [index]),
    );
    expect(apdusOf(frame(at(...segments)))).toEqual([Array.from({ length: count }, (_, index) => index)]);
  });

  test("without end do not fill the memory", () => {
    const endless = Array.from({ length: 100 }, (_, index) =>
      mbus(
        index & 0x0f,
        Array.from({ length: 245 }, () => 1),
      ),
    );
    const run = frame(at(...endless));
    expect(run.messages).toEqual([]);
    expect(run.lost.join()).toMatch(/exceeds 8 KiB/);
  });

  test("of another application come with its name, the CI field", () => {
    const run = frame(at(mbus(0x5b, [3, 4])));
    expect(run.messages).toMatchObject([
      { kind: "mbus-application", bytes: Uint8Array.of(0x5b, 0x01, 0x67, 3, 4) },
    ]);
  });
});

describe("segments of HDLC", () => {
  const llc = [0xe6, 0xe7, 0x00];
  const first = hdlc([...llc, 1, 2], { segmented: true });
  const middle = hdlc([3], { segmented: true });
  const last = hdlc([4]);

  test("are joined, without the LLC header", () => {
    expect(apdusOf(frame(at(first, middle, last)))).toEqual([[1, 2, 3, 4]]);
    expect(apdusOf(frame(at(concat(first, middle.subarray(1), last.subarray(1)))))).toEqual([[1, 2, 3, 4]]);
  });

  test("of telegram after telegram are counted anew for each", () => {
    for (const header of [llc, []]) {
      const large = hdlc([...header, ...Array<number>(1_000).fill(1)]);
      expect(frame(at(...Array<Uint8Array>(20).fill(large))).messages).toHaveLength(20);
    }
  });

  test("of different telegrams are never joined: silence lies between them", () => {
    const late = frame([
      [first, 1_000],
      [last, 4_001],
    ]);
    expect(apdusOf(late)).not.toContainEqual([1, 2, 4]);
    expect(late.lost.join()).toMatch(/last segments of a telegram are missing/);
    const slow = frame([
      [first, 1_000],
      [last, 4_000],
    ]);
    expect(apdusOf(slow)).toEqual([[1, 2, 4]]);
  });

  test("without end do not fill the memory, and what comes after them is whole", () => {
    const part = hdlc(Array<number>(1_000).fill(1), { segmented: true });
    const run = frame(at(first, ...Array<Uint8Array>(9).fill(part), first, last));
    expect(apdusOf(run)).toEqual([[1, 2, 4]]);
    expect(run.lost.join()).toMatch(/exceeds 8 KiB/);
  });

  test("come at once, though a flag before them seemed to begin a long frame", () => {
    const noise = [0x7e, 0xa7, 0xff, 0x03, 0x13, 0x10, 0, 0];
    expect(frame(at(concat(noise, first, last)))).toMatchObject({ prompt: 1 });
  });

  test("of a cut telegram are dropped when the next begins", () => {
    const run = frame(at(first, first, last));
    expect(apdusOf(run)).toEqual([[1, 2, 4]]);
    expect(run.lost).toEqual([expect.stringMatching(/last segments of a telegram are missing/)]);
  });

  test("without their begin are nothing", () => {
    expect(frame(at(middle)).lost).toEqual([expect.stringMatching(/first segment of a telegram is missing/)]);
  });

  test("that are left over at the end are reported", () => {
    expect(frame(at(first)).lost).toEqual([expect.stringMatching(/source ended within a telegram/)]);
  });
});

test("a bare APDU that stays incomplete ends with the silence after it", () => {
  const apdu = Uint8Array.from(Buffer.from("0F0000000100020109060100010700FF", "hex"));
  const run = frame([
    [apdu.subarray(0, 9), 1_000],
    [apdu, 3_000],
  ]);
  expect(apdusOf(run)).toEqual([[...apdu]]);
});

describe("silence", () => {
  const short = mbus(0x10, [1, 2, 3]);
  const damaged = concat(mbus(0x11, [7, 8, 9]).subarray(0, -1), [0x96]);

  test("ends the waiting for the wrapped length of a damaged frame", () => {
    const waiting = frame([
      [damaged, 1_000],
      [short, 1_500],
    ]);
    expect(waiting).toMatchObject({ prompt: 0, messages: [{ frames: 1 }] });
    const silent = frame([
      [damaged, 1_000],
      [short, 6_000],
    ]);
    expect(silent).toMatchObject({ prompt: 1, messages: [{ frames: 1 }] });
  });

  test.each([
    [
      "a frame",
      mbus(
        0x10,
        Array.from({ length: 50 }, () => 7),
      ),
    ],
    [
      "a frame of wrapped length",
      mbus(
        0x10,
        Array.from({ length: 252 }, () => 7),
      ),
    ],
  ])("within %s, when the reader was held up, does not cost it", (_, whole) => {
    const run = frame([
      [concat(damaged, whole.subarray(0, 20)), 1_000],
      [whole.subarray(20, 30), 6_000],
      [whole.subarray(30), 9_000],
    ]);
    expect(run.prompt).toBe(1);
  });
});

describe("a bare APDU on a line of unknown protocol", () => {
  const apdu = Uint8Array.from(Buffer.from("0F0000000100020109060100010700FF", "hex"));

  test("is held until a second one proves that they are bare", () => {
    expect(frame(at(apdu))).toMatchObject({ prompt: 0, messages: [{ protocol: "dlms" }] });
    expect(frame(at(apdu, apdu, apdu)).prompt).toBe(3);
    expect(frame(at(apdu), "dlms").prompt).toBe(1);
  });

  test.each([
    ["wired M-Bus", mbus(0x10, [1])],
    ["HDLC", hdlc([1])],
  ])("is dropped, and said to be lost, when a frame of %s follows: it was the rest of one", (_, next) => {
    const run = frame(at(apdu, next, apdu, next));
    expect(run.messages.map(({ protocol }) => protocol)).not.toContain("dlms");
    expect(run.messages).toHaveLength(2);
    expect(run.lost).toEqual([expect.stringMatching(/first telegram came without the begin of its frame/)]);
  });

  test.each([1, 2, 3, 4, 8])(
    "that takes its last %i bytes from the border of two frames never comes out",
    (taken) => {
      const cut = apdu.length - taken;
      const second = mbus(0x11, [...apdu.subarray(cut)]);
      const stream = concat(apdu.subarray(0, cut), [0x00, 0x16], second);
      for (const chunks of [[stream], Array.from(stream, (byte) => Uint8Array.of(byte))])
        expect(frame(at(...chunks)).messages).toEqual([]);
    },
  );
});

test("a dump that has kept its LLC header is read when it is said to be bare", () => {
  const dump = Uint8Array.from(Buffer.from("E6E7000F0000000100020109060100010700FF", "hex"));
  expect(frame(at(dump)).messages).toEqual([]);
  expect(apdusOf(frame(at(dump), "dlms"))).toEqual([[...dump.subarray(3)]]);
});

test("only the given protocol is looked for", () => {
  expect(frame(at(mbus(0x10, [1])), "hdlc").messages).toEqual([]);
  expect(frame(at(hdlc([1])), "mbus").messages).toEqual([]);
});
