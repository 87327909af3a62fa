/** A client of the API in a process of its own, as every real one is. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Line, type Question } from "./line.ts";
import { quantile, type Query } from "./timing.ts";

/** Milliseconds to the end of the answer, over a connection that is kept open, with Node's own client of HTTP. */
async function askOver(agent: Agent, { url, headers }: Question): Promise<number> {
  const start = performance.now();
  const [answer] = (await once(get(url, { agent, headers }), "response")) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode}`);
  await once(answer.resume(), "end");
  return performance.now() - start;
}

/** Who asks: a `Line`, or Node's own client of HTTP, whose reading of an answer takes as long as a bare server does. */
type Asked = Question & { by: "line" | "node" };

/** What a process that `startClient` made does: it asks what it is told to, and tells how long it took. */
export function serveClient(): void {
  const agent = new Agent({ keepAlive: true });
  const lines = new Map<string, Line>();
  const ask = (question: Asked): Promise<number> => {
    if (question.by === "node") return askOver(agent, question);
    const { host } = new URL(question.url);
    const line = lines.get(host) ?? new Line();
    lines.set(host, line);
    return line.ask(question);
  };
  process.on("message", (question: Asked) => {
    void ask(question).then(
      (ms) => process.send?.(ms),
      (error: unknown) => process.send?.(String(error)),
    );
  });
  process.once("disconnect", () => process.exit());
}

/** Starts the running program again, which must call `serveClient` when BENCH_CLIENT is set. */
export function startClient(program: string): { ask(question: Asked): Promise<number>; close(): void } {
  const child = fork(program, [], { env: { ...process.env, BENCH_CLIENT: "1" }, execArgv: [] });
  return {
    async ask(question) {
      child.send(question);
      const [answer] = (await once(child, "message")) as [unknown];
      if (typeof answer !== "number") throw new Error(String(answer));
      return answer;
    },
    close: () => child.disconnect(),
  };
}

/** A server that gives the same answer of so many bytes to whoever asks. */
export async function startPeer(bytes: number): Promise<{ url: string; close(): Promise<void> }> {
  const text = "x".repeat(bytes);
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain", "content-length": bytes }).end(text);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Medians of several ways to ask, in turns; each tells its own milliseconds. No question is asked twice in a row: QuestDB keeps the
 * plan of a text that it has just seen, so that whoever asks second has it easier.
 */
export async function inTurns(
  ways: readonly ((round: number) => Promise<number>)[],
  { rounds, warmUp }: { rounds: number; warmUp: number },
): Promise<number[]> {
  const asked = ways.map((way) => ({ way, times: [] as number[] }));
  for (let round = 0; round < warmUp + rounds; round++)
    for (const [index, { way, times }] of asked.entries()) {
      const ms = await way(round * asked.length + index);
      if (round >= warmUp) times.push(ms);
    }
  return asked.map(({ times }) => quantile(times, 0.5));
}

/** A question, timed by whoever asks it. */
export const itself =
  (query: Query) =>
  async (round: number): Promise<number> => {
    const start = performance.now();
    await query(round);
    return performance.now() - start;
  };
