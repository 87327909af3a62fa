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

/** What was asked, and by which token. */
interface Question {
  path: string | undefined;
  by: string | undefined;
}
type State<T> = Omit<Resource<T>, "reload"> & Question;

const isSame = (a: Question, b: Question): boolean => a.path === b.path && a.by === b.by;
/** Another period of the same thing may be shown until the new one comes; another meter's numbers never under this one's name. */
const isSameThing = (a: Question, b: Question): boolean =>
  a.path?.split("?")[0] === b.path?.split("?")[0] && a.by === b.by;

const emptyOf = <T>(question: Question): State<T> => ({
  ...question,
  data: undefined,
  atMs: undefined,
  failure: undefined,
  loading: question.path !== undefined,
});

/** What to show of a question before there is an answer to it: that to the one before, where it was about the same. */
function shownFor<T>(state: State<T>, empty: State<T>): State<T> {
  if (isSame(state, empty)) return state;
  return isSameThing(state, empty) ? { ...empty, data: state.data, atMs: state.atMs } : empty;
}

/** Asks an address, again after `everyMs`, and shows the last good answer while there is none. No path: asks nothing. */
export function useResource<T>(path: string | undefined, everyMs?: number): Resource<T> {
  const empty = emptyOf<T>({ path, by: token.value });
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
    if (known) show({ ...empty, data: known.data, atMs: known.atMs, loading: false });
    else if (!isSame(shown.current, empty)) show(shownFor(shown.current, empty));

    let failed = 0;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let stopWaiting: (() => void) | undefined;
    const lookNow = (): void => void look();
    const look = async (): Promise<void> => {
      clearTimeout(retry);
      stopWaiting?.();
      const by = token.peek();
      try {
        const data = await ask<T>(path);
        if (stopped.signal.aborted) return;
        const atMs = Date.now();
        rememberAnswer(path, { data, atMs }, by);
        failed = 0;
        show({ ...empty, data, atMs, loading: false });
      } catch (error) {
        if (stopped.signal.aborted) return;
        const failure = asFailure(error);
        // What the caller may no longer see is not shown from memory either.
        const passing = failure.kind === "offline" || failure.kind === "problem";
        const last = passing ? lastAnswer<T>(path) : undefined;
        if (passing) retry = setTimeout(lookNow, RETRY_MS[Math.min(failed++, RETRY_MS.length - 1)]);
        if (failure.kind === "offline") stopWaiting = whenAnswered(lookNow);
        show({ ...empty, data: last?.data, atMs: last?.atMs, failure, loading: false });
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

  return { ...shownFor(state, empty), reload: () => setAgain((count) => count + 1) };
}

/** What the data on the screen was asked for with: while a new answer is on its way, that of the answer before. */
export function useAsked<A>({ loading }: Pick<Resource<unknown>, "loading">, wish: A): A {
  const asked = useRef(wish);
  if (!loading) asked.current = wish;
  return asked.current;
}
