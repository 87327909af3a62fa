import { expect, test } from "vitest";
import { AnswerEnd } from "../../bench/query/line.ts";

const OK = "HTTP/1.1 200 OK\r\n";
/** In parts of so many bytes; how many of them it took. */
function partsTo(answer: string, size: number): number {
  const end = new AnswerEnd();
  const bytes = Buffer.from(answer);
  for (let at = 0; at < bytes.length; at += size)
    if (end.isOver(bytes.subarray(at, at + size))) return Math.ceil((at + size) / size);
  return Infinity;
}

test.each([
  ["a length", `${OK}Content-Length: 5\r\nvary: a\r\n\r\nhello`],
  ["an empty body", `${OK}content-length: 0\r\n\r\n`],
  ["chunks", `${OK}transfer-encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\nA;a=b\r\n0123456789\r\n0\r\n\r\n`],
  ["chunks and a trailer", `${OK}transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\na: b\r\n\r\n`],
])("the benchmark's client finds the end of an answer with %s, in whatever parts it comes", (_, answer) => {
  for (const size of [1, 2, 3, 7, answer.length])
    expect(partsTo(answer, size)).toBe(Math.ceil(answer.length / size));
});

test.each([
  ["another status", "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", "503 Busy"],
  ["neither a length nor chunks", `${OK}\r\n`, "one of a length and chunks"],
  ["more than its length", `${OK}content-length: 1\r\n\r\nab`, "1 bytes after the end"],
  [
    "something after the last chunk",
    `${OK}transfer-encoding: chunked\r\n\r\n0\r\n\r\na`,
    "1 bytes after the end",
  ],
  ["a chunk of no size", `${OK}transfer-encoding: chunked\r\n\r\nx\r\n`, "no chunk's size"],
  ["a head without an end", `${OK}${"a".repeat(20_000)}`, "a head of over"],
])("it refuses %s", (_, answer, fault) => {
  expect(() => partsTo(answer, answer.length)).toThrow(fault);
});
