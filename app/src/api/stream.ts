import { createParser } from "eventsource-parser";
import { address, authorization, noteAnswer, whenAnswered } from "./http.ts";

export interface StreamHandlers {
  /** One event's name and data, parsed. */
  event: (name: string, data: unknown) => void;
  /** Whether the stream is open. */
  connected: (open: boolean) => void;
}

const BACK_OFF_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
/** The server sends a heartbeat every 15 s; after this long without any byte the connection is dead, whatever TCP says. */
const SILENCE_MS_MAX = 40_000;
/** No event of ours is longer; a line without end must not fill a phone's memory. */
const EVENT_CHARACTERS_MAX = 262_144;

/** Hands over a stream's text as it comes, until its end. */
async function readAll(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (chunk: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let open = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const chunk = decoder.decode(value, { stream: true });
    open = chunk.includes("\n\n") ? 0 : open + chunk.length;
    if (open > EVENT_CHARACTERS_MAX) throw new Error("live stream: an event without end");
    take(chunk);
  }
}

/**
 * Follows server-sent events until the returned function is called; connects again by itself, with back-off and jitter, and
 * tells the server the last event that came. By `fetch`, because EventSource cannot carry a token.
 */
export function follow(path: string, handlers: StreamHandlers): () => void {
  const stopped = new AbortController();
  let lastId: string | undefined;
  let wake: (() => void) | undefined;
  let answered = false;
  const wakeUp = (): void => wake?.();
  addEventListener("online", wakeUp);

  async function readOnce(): Promise<void> {
    const attempt = new AbortController();
    const give = (): void => attempt.abort();
    stopped.signal.addEventListener("abort", give);
    let silence = setTimeout(give, SILENCE_MS_MAX);
    try {
      const response = await fetch(address(path), {
        headers: {
          accept: "text/event-stream",
          ...authorization(),
          ...(lastId === undefined ? {} : { "last-event-id": lastId }),
        },
        cache: "no-store",
        credentials: "omit",
        signal: attempt.signal,
      });
      answered = true;
      noteAnswer();
      if (!response.ok || !response.body) throw new Error(`live stream: ${response.status}`);
      const parser = createParser({
        onEvent: ({ event, id, data }) => {
          if (id !== undefined) lastId = id;
          handlers.event(event ?? "message", JSON.parse(data));
        },
      });
      handlers.connected(true);
      await readAll(response.body, (chunk) => {
        clearTimeout(silence);
        silence = setTimeout(give, SILENCE_MS_MAX);
        parser.feed(chunk);
      });
    } finally {
      clearTimeout(silence);
      stopped.signal.removeEventListener("abort", give);
      attempt.abort();
    }
  }

  void (async () => {
    let failed = 0;
    while (!stopped.signal.aborted) {
      const before = lastId;
      answered = false;
      await readOnce().catch(() => undefined);
      if (stopped.signal.aborted) return;
      handlers.connected(false);
      failed = lastId === before ? failed + 1 : 0;
      const wait = BACK_OFF_MS[Math.min(failed, BACK_OFF_MS.length - 1)] ?? 30_000;
      // Where there was no network, any other answer says that there is one again.
      const stopWaiting = answered ? undefined : whenAnswered(wakeUp);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, wait * (0.5 + Math.random() / 2));
      });
      stopWaiting?.();
    }
  })();
  return () => {
    stopped.abort();
    wake?.();
    removeEventListener("online", wakeUp);
  };
}
