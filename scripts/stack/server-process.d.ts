import type { ChildProcess } from "node:child_process";

/** A server that is ready. */
export interface ServerProcess {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What the server has written since this start. */
  readLog(): Promise<string>;
  /** SIGKILL, as in a crash; resolves when the process has ended. */
  kill(): Promise<void>;
  /** SIGTERM, after 15 s SIGKILL; resolves when the process has ended. */
  stop(): Promise<void>;
}

export interface Launch {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
  isReady(log: string): Promise<boolean>;
}

export function launch(launch: Launch): Promise<ServerProcess>;
export function freePorts(count: number): Promise<number[]>;
