import { spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Program {
  readonly child: ChildProcess;
  /** Resolves when both outputs together hold what is wanted. */
  until(pattern: RegExp): Promise<string>;
}

/** Starts somebody else's program, which is killed after the test. */
export function startProgram(program: string, ...args: string[]): Program {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  const changes = new EventEmitter();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      changes.emit("change");
    });
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text)) await once(changes, "change");
    return text;
  };
  return { child, until };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
