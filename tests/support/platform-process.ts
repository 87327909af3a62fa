import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("../..", import.meta.url));
const READY_MS_MAX = 60_000;
/** Load of a test comes from one address, and from few devices that send much. */
const MANY = "1000000000";
const LIFTED_LIMITS = {
  SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX: MANY,
  SMP_MQTT_CONNECTIONS_PER_ADDRESS_PER_SECOND: MANY,
  SMP_MQTT_CONNECTIONS_PER_ADDRESS_BURST: MANY,
  SMP_MQTT_HANDSHAKES_MAX: MANY,
  SMP_MQTT_MESSAGES_PER_SECOND: MANY,
  SMP_MQTT_MESSAGES_BURST: MANY,
  SMP_MQTT_BYTES_PER_SECOND: MANY,
  SMP_MQTT_BYTES_BURST: MANY,
  // Who waits for something asks twenty times a second.
  SMP_HTTP_REQUESTS_PER_MINUTE: "1000000",
  SMP_HTTP_ANONYMOUS_PER_MINUTE: "1000000",
};

/** A TCP port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no port");
  return address.port;
}

/** Waits until a condition holds, asking every 50 ms; says what it waited for when it never does. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  timeoutMs: number = READY_MS_MAX,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface PlatformProcess {
  readonly pid: number;
  /** Everything it wrote, for a test's message. */
  output(): string;
  /** SIGKILL, and until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Resolves with the exit code when it has ended. */
  readonly gone: Promise<number | null>;
}

/** What is run, and by what. */
export interface PlatformProgram {
  node?: string;
  nodeArgs?: readonly string[];
  /** Another checkout, whose build is run. */
  checkout?: string;
}

/** Runs `smp start`, or another command, as its own process, and waits until it says that it is ready. */
export async function spawnPlatform(
  environment: Record<string, string>,
  readyUrl: string,
  args = ["start"],
  { node = process.execPath, nodeArgs = [], checkout = here }: PlatformProgram = {},
): Promise<PlatformProcess> {
  const command = path.join(checkout, "dist/smp.js");
  if (!existsSync(command)) throw new Error("not built: run `npm run build` before this test");
  const child: ChildProcess = spawn(node, [...nodeArgs, command, ...args], {
    env: { ...process.env, ...LIFTED_LIMITS, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  const gone = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  let ended = false;
  void gone.then(() => (ended = true));
  try {
    await until(`${args.join(" ")} to be ready`, async () => {
      if (ended) throw new Error(`ended at once:\n${output}`);
      return await fetch(readyUrl).then(
        (response) => response.ok,
        () => false,
      );
    });
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  }
  return {
    pid: child.pid ?? 0,
    gone,
    output: () => output,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
    stop: async () => {
      child.kill("SIGTERM");
      return await gone;
    },
  };
}
