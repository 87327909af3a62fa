/**
 * One connection that is kept open, and a client that looks at an answer's head and for its end, and no more: what wrk or
 * curl need, in C, is little, and what Node's `http.get` needs is not the server's time.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Question {
  url: string;
  headers: Record<string, string>;
}

const HEAD_BYTES_MAX = 16_384;
const BODY_BYTES_MAX = 64 * 1_048_576;
const ANSWER_MS_MAX = 30_000;
const HEAD_END = "\r\n\r\n";

/** Where an answer of HTTP/1.1 ends (RFC 9112, 6.3), in whatever parts it comes; throws for all but a whole one with status 200. */
export class AnswerEnd {
  /** What has come of the head; undefined once it is over. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #isChunked = false;
  /** Bytes of the body, or of the chunk and the line end after it, that have not come. */
  #missing = 0;
  /** A chunk's size, or a trailer, whose line has not ended. */
  #line = "";
  #isTrailer = false;
  #bodyBytes = 0;

  /** Takes what came; true: the answer is whole. */
  isOver(part: Buffer): boolean {
    const body = this.#head ? this.#afterHead(part) : part;
    if (!body) return false;
    this.#bodyBytes += body.length;
    if (this.#bodyBytes > BODY_BYTES_MAX) throw new Error(`more than ${BODY_BYTES_MAX} bytes`);
    if (this.#isChunked) return this.#isLastChunk(body);
    this.#missing -= body.length;
    if (this.#missing < 0) throw new Error(`${-this.#missing} bytes after the end`);
    return this.#missing === 0;
  }

  #afterHead(part: Buffer): Buffer | undefined {
    const all = this.#head?.length ? Buffer.concat([this.#head, part]) : part;
    const end = all.indexOf(HEAD_END);
    if ((end < 0 ? all.length : end) > HEAD_BYTES_MAX)
      throw new Error(`a head of over ${HEAD_BYTES_MAX} bytes`);
    this.#head = end < 0 ? all : undefined;
    if (end < 0) return undefined;
    const head = all.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(head.split("\r\n", 1)[0]);
    const length = /^content-length: *(\d+) *$/im.exec(head)?.[1];
    this.#isChunked = /^transfer-encoding: *chunked *$/im.test(head);
    if (this.#isChunked === (length !== undefined)) throw new Error("needs one of a length and chunks");
    this.#missing = Number(length ?? 0);
    return all.subarray(end + HEAD_END.length);
  }

  #isLastChunk(body: Buffer): boolean {
    for (let at = 0; at < body.length;) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, body.length - at);
        this.#missing -= taken;
        at += taken;
        continue;
      }
      const end = body.indexOf("\n", at);
      this.#line += body.toString("latin1", at, end < 0 ? undefined : end);
      if (this.#line.length > HEAD_BYTES_MAX) throw new Error("a chunk's line without an end");
      if (end < 0) return false;
      at = end + 1;
      const line = this.#line.trimEnd();
      this.#line = "";
      if (this.#isTrailer && line === "") {
        if (at < body.length) throw new Error(`${body.length - at} bytes after the end`);
        return true;
      }
      if (this.#isTrailer) continue;
      if (!/^[\da-f]{1,8}(?:;|$)/i.test(line))
        throw new Error(`no chunk's size: ${JSON.stringify(line.slice(0, 20))}`);
      const size = Number.parseInt(line, 16);
      this.#isTrailer = size === 0;
      if (size > 0) this.#missing = size + 2;
    }
    return false;
  }
}

/** A connection to one server; one question after the other. */
export class Line {
  #socket: Socket | undefined;

  /** Milliseconds from the request, which is ready before, to the answer's end. */
  async ask({ url, headers }: Question): Promise<number> {
    const { hostname, port, host, pathname, search } = new URL(url);
    const fields = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    const request = Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\n${fields.join("")}\r\n`);
    const socket = await this.#connected(hostname, Number(port));
    const start = performance.now();
    try {
      await this.#answer(socket, request);
    } catch (error) {
      socket.destroy();
      throw new Error(`${url}: ${(error as Error).message}`, { cause: error });
    }
    return performance.now() - start;
  }

  close(): void {
    this.#socket?.destroy();
  }

  /** Anew when the server has ended the one before, as it does with those that nobody uses. */
  async #connected(host: string, port: number): Promise<Socket> {
    if (this.#socket?.readyState === "open") return this.#socket;
    const socket = connect({ host, port, noDelay: true });
    await once(socket, "connect");
    return (this.#socket = socket);
  }

  #answer(socket: Socket, request: Buffer): Promise<void> {
    const answer = new AnswerEnd();
    const { promise, resolve, reject } = withResolvers();
    const read = (part: Buffer): void => {
      try {
        if (answer.isOver(part)) resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    const closed = (): void => reject(new Error("the server closed the connection"));
    const late = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX);
    socket.on("data", read).once("error", reject).once("close", closed);
    socket.write(request);
    return promise.finally(() => {
      clearTimeout(late);
      socket.off("data", read).off("error", reject).off("close", closed);
    });
  }
}

function withResolvers(): {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: Error) => void;
} {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
