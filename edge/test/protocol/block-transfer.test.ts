import { expect, test } from "vitest";
import { BlockTransfer } from "../../src/protocol/block-transfer.ts";
import { Malformed } from "../../src/protocol/malformed.ts";

function block(number: number, data: readonly number[], { last = false, declared = data.length } = {}) {
  const length = declared < 0x80 ? [declared] : [0x82, declared >> 8, declared & 0xff];
  return Uint8Array.of(0xe0, last ? 0xc0 : 0x40, number >> 8, number & 0xff, 0, 0, ...length, ...data);
}

test("blocks in order are one APDU, and the next transfer begins with nothing of it", () => {
  const transfer = new BlockTransfer();
  for (const [first, frames] of [
    [1, 5],
    [11, 4],
  ] as const) {
    expect(transfer.add(block(1, [first, 2]), 1)).toEqual({ frames: 0 });
    expect(transfer.add(block(2, [3]), frames - 2)).toEqual({ frames: 0 });
    expect(transfer.add(block(3, [4], { last: true }), 1)).toEqual({
      frames,
      apdu: Uint8Array.of(first, 2, 3, 4),
    });
  }
  expect(transfer.end()).toBeUndefined();
});

test("a block that is missing or comes twice costs its transfer: nothing is joined over the hole", () => {
  const transfer = new BlockTransfer();
  transfer.add(block(1, [1]), 1);
  expect(transfer.add(block(3, [3], { last: true }), 1)).toEqual({
    frames: 0,
    lost: "block 2 of a block transfer is missing, block 3 came",
  });
  expect(transfer.add(block(4, [4], { last: true }), 1)).toEqual({
    frames: 0,
    lost: "block 1 of a block transfer is missing, block 4 came",
  });
  transfer.add(block(1, [1]), 1);
  transfer.add(block(2, [2]), 1);
  expect(transfer.add(block(2, [2], { last: true }), 1)).toEqual({
    frames: 0,
    lost: "block 3 of a block transfer is missing, block 2 came",
  });
  transfer.add(block(1, [1]), 1);
  expect(transfer.add(block(1, [7], { last: true }), 1)).toMatchObject({
    frames: 1,
    apdu: Uint8Array.of(7),
    lost: expect.stringContaining("block 2") as string,
  });
});

test("a transfer has 8 KiB at most", () => {
  const transfer = new BlockTransfer();
  const half = Array<number>(4_096).fill(1);
  transfer.add(block(1, half), 1);
  expect(transfer.add(block(2, half, { last: true }), 1).apdu).toHaveLength(8_192);
  transfer.add(block(1, half), 1);
  transfer.add(block(2, half), 1);
  expect(transfer.add(block(3, [1], { last: true }), 1)).toEqual({
    frames: 0,
    lost: "a block transfer exceeds 8 KiB",
  });
});

test("a block of another length than it declares is malformed", () => {
  for (const declared of [1, 3])
    expect(() => new BlockTransfer().add(block(1, [1, 2], { declared, last: true }), 1)).toThrow(Malformed);
});

test("a transfer that the source's end cuts off is told", () => {
  const transfer = new BlockTransfer();
  transfer.add(block(1, [1]), 1);
  expect(transfer.end()).toBe("the source ended after block 1 of a block transfer");
  expect(transfer.end()).toBeUndefined();
});
