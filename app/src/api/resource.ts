import { signal, type Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { lastAnswer, rememberAnswer } from "./answers.ts";
import { asFailure, getJson, type HttpError, whenAnswered } from "./http.ts";
import { token } from "./token.ts";

/** What a screen knows of one address of the API. */
export interface Resource<T> {
  data: T | undefined;
  /** Phone's time of the answer that `data` is. */
  atMs: number | undefined;
  /** Why the newest attempt failed; `data` is then the last good answer, if there ever was one. */
  failure: HttpError | undefined;
  /** A first answer for this address is on its way; `data` is that of the address before. */
  loading: boolean;
  reload: () => void;
}

/** Counts up when something changed that makes every answer worth asking again: the network, back on the screen. */
export const asked: Signal<number> = signal(0);

export const askAgain = (): void => {
  asked.value += 1;
};
for (const change of ["online", "offline"]) addEventListener(change, askAgain);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) askAgain();
});

const asking = new Map<string, Promise<unknown>>();
/** Parts of a screen that show the same answer ask for it once. */
function ask<T>(path: string): Promise<T> {
  const key = `${token.peek() ?? ""} ${path}`;
  const known = asking.get(key);
  if (known) return known as Promise<T>;
  const answer = getJson<T>(path).finally(() => asking.delete(key));
  asking.set(key, answer);
  return answer;
}

/** What failed in passing is asked again sooner than it would be anyway. */
const RETRY_MS = [5_000, 15_000, 60_000];

type State<T> = Omit<Resource<T>, "reload"> & { path: string | undefined };

/** Asks an address, again after `everyMs`, and shows the last good answer while there is none. No path: asks nothing. */
export function useResource<T>(path: string | undefined, everyMs?: number): Resource<T> {
  const empty: State<T> = {
    path,
    data: undefined,
    atMs: undefined,
    failure: undefined,
    loading: path !== undefined,
  };
  const [state, setState] = useState<State<T>>(empty);
  const [again, setAgain] = useState(0);
  const shown = useRef(state);
  const show = (next: State<T>): void => {
    shown.current = next;
    setState(next);
  };
  const key = `${token.value ?? ""} ${asked.value} ${again}`;

  useEffect(() => {
    if (path === undefined) {
      show(empty);
      return undefined;
    }
    const stopped = new AbortController();
    const known = lastAnswer<T>(path);
    if (known) show({ path, data: known.data, atMs: known.atMs, failure: undefined, loading: false });
    else if (shown.current.path !== path)
      show({ path, data: shown.current.data, atMs: undefined, failure: undefined, loading: true });

    let failed = 0;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let stopWaiting: (() => void) | undefined;
    const lookNow = (): void => void look();
    const look = async (): Promise<void> => {
      clearTimeout(retry);
      stopWaiting?.();
      try {
        const data = await ask<T>(path);
        if (stopped.signal.aborted) return;
        const atMs = Date.now();
        rememberAnswer(path, { data, atMs });
        failed = 0;
        show({ path, data, atMs, failure: undefined, loading: false });
      } catch (error) {
        if (stopped.signal.aborted) return;
        const failure = asFailure(error);
        // What the caller may no longer see is not shown from memory either.
        const passing = failure.kind === "offline" || failure.kind === "problem";
        const last = passing ? lastAnswer<T>(path) : undefined;
        if (passing) retry = setTimeout(lookNow, RETRY_MS[Math.min(failed++, RETRY_MS.length - 1)]);
        if (failure.kind === "offline") stopWaiting = whenAnswered(lookNow);
        show({ path, data: last?.data, atMs: last?.atMs, failure, loading: false });
      }
    };
    lookNow();
    const timer = everyMs === undefined ? undefined : setInterval(lookNow, everyMs);
    return () => {
      stopped.abort();
      stopWaiting?.();
      clearTimeout(retry);
      clearInterval(timer);
    };
  }, [path, everyMs, key]);

  const current = state.path === path ? state : { ...state, loading: path !== undefined, failure: undefined };
  return { ...current, reload: () => setAgain((count) => count + 1) };
}

/** What the data on the screen was asked for with: while a new answer is on its way, that of the answer before. */
export function useAsked<A>({ loading }: Pick<Resource<unknown>, "loading">, wish: A): A {
  const asked = useRef(wish);
  if (!loading) asked.current = wish;
  return asked.current;
}
