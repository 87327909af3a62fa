/**
 * The process of one extension. It has no environment, reads only its own folder, and speaks with the platform over file
 * descriptor 3. When the platform ends, it ends.
 */
import { Socket } from "node:net";
import { encodeFrame, FrameReader, type Frame } from "./frames.ts";
import { guardProcess } from "./guard.ts";
import { callerOf, type Call, type Context } from "./kinds.ts";
import { StoreClient } from "./store-client.ts";

/** The platform may answer with more than an extension may send. */
const FRAME_BYTES_MAX = 64 * 2 ** 20;

const socket = new Socket({ fd: 3, readable: true, writable: true });
const write = (head: object, bytes?: Uint8Array): void => void socket.write(encodeFrame(head, bytes));
const store = new StoreClient(write);
const reader = new FrameReader(FRAME_BYTES_MAX);
let call: Call | undefined;

socket.on("data", (chunk: Buffer) => {
  for (const frame of reader.push(chunk)) void take(frame);
});
socket.on("close", () => process.exit(0));
socket.on("error", () => process.exit(0));

// Ctrl-C reaches every process of a terminal, its end and a service manager's stop likewise: the platform ends its
// extensions itself, behind their last calls.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

async function take({ head, bytes }: Frame): Promise<void> {
  if (head["start"] !== undefined) return await start(head["start"] as StartMessage);
  if (head["reply"] !== undefined) return store.answered(head);
  const id = Number(head["call"]);
  try {
    if (!call) throw new Error("the extension is not loaded");
    const answer = await call({ id, args: head["args"], bytes, store: store.of(id) });
    write({ answer: id, value: answer.value ?? null }, answer.bytes);
  } catch (error) {
    write({ answer: id, error: describe(error) });
  }
}

interface StartMessage {
  entry: string;
  kind: "input" | "processor" | "output";
  network: boolean;
  context: Context;
}

async function start({ entry, kind, network, context }: StartMessage): Promise<void> {
  try {
    guardProcess({ network, channel: socket });
    const module = (await import(entry)) as { default?: unknown };
    call = callerOf(kind, module.default, context);
    write({ ready: true });
  } catch (error) {
    write({ failed: describe(error) });
  }
}

function describe(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.split("\n").slice(0, 6).join("\n").slice(0, 2_000);
}
