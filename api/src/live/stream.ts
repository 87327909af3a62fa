import { toOffsetString } from "@smp/schemas";
import { streamSSE, type SSEMessage, type SSEStreamingApi } from "hono/streaming";
import { callerOf } from "../access/authenticate.ts";
import type { Caller } from "../access/caller.ts";
import type { Seats } from "../limits/seats.ts";
import type { AppContext } from "../ports.ts";
import type { Services } from "../services.ts";

/** Events that may wait for a reader that is slow; one more and it is dropped. */
const PENDING_MAX = 700;
const RETRY_MS = 2_000;

/** What flows on a live stream besides heartbeats. */
export interface Feed {
  tz: string;
  /** Asked again whenever tokens or settings change: a stream ends with the right to it. */
  isAllowed: (caller: Caller) => boolean;
  /** Begins to write; returns how to stop. */
  start: (write: (message: SSEMessage) => void) => () => void;
}

/** Opens a stream of server-sent events within the limits of streams; rights have been checked. */
export async function openStream(
  c: AppContext,
  services: Services,
  seats: Seats,
  feedOf: () => Promise<Feed>,
): Promise<Response> {
  const giveBack = seats.take(c);
  // HEAD gets the headers; a stream behind it would have no reader and no end.
  if (c.req.method === "HEAD") {
    giveBack();
    return c.body(null, 200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  }
  let feed: Feed;
  try {
    feed = await feedOf();
  } catch (error) {
    giveBack();
    throw error;
  }
  // Some proxies hold a stream back until it ends.
  c.header("x-accel-buffering", "no");
  return streamSSE(c, (stream) => pump(stream, c, services, feed).finally(giveBack));
}

/** Writes events until the reader leaves, does not keep up, or loses its right. */
async function pump(stream: SSEStreamingApi, c: AppContext, services: Services, feed: Feed): Promise<void> {
  const { closing, logger } = services.ports;
  let pending = 0;
  let leave!: () => void;
  const gone = new Promise<void>((resolve) => (leave = resolve));
  const write = (message: SSEMessage): void => {
    if (stream.aborted) return;
    if (pending >= PENDING_MAX) {
      logger.info({ path: c.req.path }, "dropped a live stream whose reader does not keep up");
      stream.abort();
      c.env?.incoming?.socket.destroy();
      return;
    }
    pending++;
    void stream.writeSSE(message).finally(() => pending--);
  };
  const heartbeat = (): void => {
    const t = services.now();
    const data = JSON.stringify({ t, time: toOffsetString(t, feed.tz) });
    write({ event: "heartbeat", data, retry: RETRY_MS });
    void leaveWithoutRight();
  };
  async function leaveWithoutRight(): Promise<void> {
    const caller = await callerOf(c, services.access).catch(() => undefined);
    if (!caller || !feed.isAllowed(caller)) leave();
  }

  stream.onAbort(leave);
  closing?.addEventListener("abort", leave);
  if (stream.aborted || closing?.aborted) leave();
  heartbeat();
  const stop = feed.start(write);
  const timer = setInterval(heartbeat, services.config.limits.heartbeatMs);
  const unlisten = services.access.onChange(() => void leaveWithoutRight());
  await gone;
  unlisten();
  closing?.removeEventListener("abort", leave);
  clearInterval(timer);
  stop();
}
