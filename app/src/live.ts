import { address } from "./http.ts";

export interface LiveHandlers {
  /** One `reading` event's data, parsed. */
  reading: (data: unknown) => void;
  /** Whether the stream is open. */
  connected: (open: boolean) => void;
}

const BACK_OFF_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
/** The server sends a heartbeat every 15 s; after this long without any event the connection is dead, whatever TCP says. */
const SILENCE_MS_MAX = 40_000;

/** Follows a meter's live stream until the returned function is called; connects again by itself, with back-off and jitter. */
export function follow(path: string, handlers: LiveHandlers): () => void {
  let source: EventSource | undefined;
  let attempt = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(again, SILENCE_MS_MAX);
  };
  function again(): void {
    source?.close();
    clearTimeout(silence);
    clearTimeout(retry);
    handlers.connected(false);
    if (stopped) return;
    const wait = BACK_OFF_MS[Math.min(attempt++, BACK_OFF_MS.length - 1)] ?? 30_000;
    retry = setTimeout(open, wait * (0.5 + Math.random() / 2));
  }
  function open(): void {
    source = new EventSource(address(path));
    source.addEventListener("open", () => {
      attempt = 0;
      handlers.connected(true);
      heard();
    });
    source.addEventListener("reading", (event) => {
      heard();
      handlers.reading(JSON.parse((event as MessageEvent<string>).data));
    });
    source.addEventListener("heartbeat", heard);
    source.addEventListener("error", again);
    heard();
  }
  open();
  return () => {
    stopped = true;
    source?.close();
    clearTimeout(retry);
    clearTimeout(silence);
  };
}
