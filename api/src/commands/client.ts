import { PlatformError, type Problem } from "@smp/schemas";
import type { Command } from "commander";

/** The API as an administrator asks it: over the network, or in this process over the store. */
export interface AdminClient {
  request(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}
export type ConnectAdmin = (options: { url?: string }) => Promise<AdminClient>;

export interface CommonOptions {
  url?: string;
  json?: true;
}

export const common = (command: Command): Command =>
  command
    .option("--url <url>", "the platform; without it the one of SMP_DATA_DIR, or SMP_STORE's store")
    .option("--json", "print JSON");

export const post = (body: object): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

export async function ask<T>(client: AdminClient, path: string, init?: RequestInit): Promise<T> {
  const response = await client.request(path, init);
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json();
  if (response.ok) return body as T;
  const { title, detail } = body as Problem;
  throw new PlatformError("refused", detail ?? title);
}

export async function withClient(
  connect: ConnectAdmin,
  options: CommonOptions,
  run: (client: AdminClient) => Promise<void>,
): Promise<void> {
  const client = await connect(options);
  try {
    await run(client);
  } finally {
    await client.close();
  }
}
