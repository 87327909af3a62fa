import { expect, test } from "vitest";
import { readDer } from "../src/der.ts";

const bytesOf = (head: string, content: number): Uint8Array =>
  Uint8Array.from([...Buffer.from(head, "hex"), ...Buffer.alloc(content, 0xaa)]);

test("values are read with lengths of up to three bytes, each as it stands", () => {
  const values = [
    ["3000", 0],
    ["047f", 127],
    ["048180", 128],
    ["0483010000", 65_536],
  ] as const;
  const bytes = Buffer.concat(values.map(([head, content]) => bytesOf(head, content)));
  expect(readDer(bytes).map(({ tag, whole, content }) => [tag, whole.length, content.length])).toEqual([
    [0x30, 2, 0],
    [0x04, 129, 127],
    [0x04, 131, 128],
    [0x04, 65_541, 65_536],
  ]);
});

test.each([
  ["a tag alone", "04", 0],
  ["a tag of several bytes", "1f01", 1],
  ["an indefinite length", "0480", 128],
  ["a length of four bytes", "048400000001", 1],
  ["a length that is cut off", "048201", 0],
  ["a content that is cut off", "0402", 1],
])("%s is refused", (_, head, content) => {
  expect(() => readDer(bytesOf(head, content))).toThrow(RangeError);
});
