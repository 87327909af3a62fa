import type { ForeignMessage, Input } from "../contract/input.ts";
import type { ExtensionKind, Settings } from "../contract/manifest.ts";
import type { Output } from "../contract/output.ts";
import type { Batch, Processor } from "../contract/processor.ts";
import type { StoreView } from "../contract/store-view.ts";

export interface CallFrame {
  id: number;
  args: unknown;
  bytes: Buffer;
  store: StoreView;
}
export type Call = (frame: CallFrame) => Promise<{ value?: unknown; bytes?: Uint8Array }>;

/** What an output's request looks like between the processes. */
export interface RequestArgs {
  method: string;
  url: string;
  headers: [string, string][];
}

/** What every call of an extension is told. */
export interface Context {
  settings: Settings;
  timeZone: string;
}

/** Turns calls of the platform into calls of the extension's default export. */
export function callerOf(kind: ExtensionKind, extension: unknown, context: Context): Call {
  const method = { input: "decode", processor: "process", output: "fetch" }[kind];
  if (typeof (extension as Record<string, unknown> | undefined)?.[method] !== "function")
    throw new TypeError(`The default export of an ${kind} extension must have a function ${method}().`);
  if (kind === "input") return decoding(extension as Input, context);
  if (kind === "processor") return processing(extension as Processor, context);
  return fetching(extension as Output, context);
}

const decoding =
  (input: Input, context: Context): Call =>
  async ({ args, bytes }) => {
    const message = { ...(args as Omit<ForeignMessage, "payload">), payload: new Uint8Array(bytes) };
    return { value: await input.decode(message, context) };
  };

const processing =
  (processor: Processor, context: Context): Call =>
  async ({ args, store }) => ({ value: await processor.process(args as Batch, { ...context, store }) });

const fetching =
  (output: Output, context: Context): Call =>
  async ({ args, bytes, store }) => {
    const { method, url, headers } = args as RequestArgs;
    const request = new Request(url, {
      method,
      headers,
      ...(bytes.length > 0 && { body: new Uint8Array(bytes) }),
    });
    const response = await output.fetch(request, { ...context, store });
    if (!(response instanceof Response)) throw new TypeError("fetch() must answer with a Response.");
    return {
      value: { status: response.status, headers: [...response.headers] },
      bytes: new Uint8Array(await response.arrayBuffer()),
    };
  };
