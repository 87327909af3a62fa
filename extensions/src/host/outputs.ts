import type { Detail } from "../contract/manifest.ts";
import type { RequestArgs } from "../runner/kinds.ts";
import { ExtensionFailure } from "./failure.ts";
import { asking, storeView, type ReadableStore, type Sight } from "./store-view.ts";
import type { Supervisor } from "./supervisor.ts";

/** What may come back; cookies and rules for the whole origin are none of an extension's business. */
const HEADERS = new Set([
  "allow",
  "cache-control",
  "content-disposition",
  "content-language",
  "content-type",
  "etag",
  "last-modified",
  "link",
  "retry-after",
  "vary",
]);
/** Who calls is the platform's to know. */
const WITHHELD =
  /^(?:authorization|cookie|proxy-|x-forwarded-|forwarded|connection|host|content-length|transfer-encoding)/;
/** In whatever header it is sent. */
const TOKEN = /smp_[\w-]{43}/;

/** Pages of an extension run in an origin of their own: they see neither the app's storage nor its token. */
const POLICY = "sandbox allow-scripts allow-downloads allow-popups; frame-ancestors 'none'; base-uri 'none'";

export interface OutputPorts {
  supervisor: Supervisor;
  store: ReadableStore;
  sight: Sight;
}

/** Hands a request to an output and its answer back. Fails with an `ExtensionFailure`. */
export async function answerRequest(request: Request, path: string, ports: OutputPorts): Promise<Response> {
  const { supervisor, store, sight } = ports;
  const finest: Detail | undefined = supervisor.extension.manifest.rights?.read;
  const { search } = new URL(request.url);
  const args: RequestArgs = {
    method: request.method,
    url: `http://x${path.startsWith("/") ? path : `/${path}`}${search}`,
    headers: [...request.headers].filter(([name, value]) => !WITHHELD.test(name) && !TOKEN.test(value)),
  };
  const body = ["GET", "HEAD"].includes(request.method)
    ? undefined
    : new Uint8Array(await request.arrayBuffer());
  const asked = finest === undefined ? undefined : asking(storeView(store, finest, sight));
  const { value, bytes } = await supervisor.call(args, body, asked);
  return responseOf(supervisor, value, bytes);
}

function responseOf(supervisor: Supervisor, value: unknown, bytes: Buffer): Response {
  const { status, headers } = (value ?? {}) as { status?: unknown; headers?: unknown };
  if (typeof status !== "number" || status < 200 || status > 599 || !Array.isArray(headers)) {
    const failure = new ExtensionFailure(supervisor.name, "threw", "answered with what is no HTTP answer.");
    supervisor.failed(failure);
    throw failure;
  }
  const kept = (headers as unknown[]).filter(
    (pair): pair is [string, string] =>
      Array.isArray(pair) && HEADERS.has(String(pair[0]).toLowerCase()) && typeof pair[1] === "string",
  );
  const empty = status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : new Uint8Array(bytes), {
    status,
    headers: [
      ...kept,
      ...(kept.some(([name]) => name === "cache-control")
        ? []
        : [["cache-control", "no-store"] as [string, string]]),
      ["content-security-policy", POLICY],
    ],
  });
}
