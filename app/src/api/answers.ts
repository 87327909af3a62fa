import { effect } from "@preact/signals";
import { keep, kept, keptNames } from "../state/kept.ts";
import { token, tokenBefore } from "./token.ts";

/** One answer of the API, and the phone's time at which it came. */
export interface Answer<T> {
  data: T;
  atMs: number;
}

/** On the phone: so many answers, and none that is larger. A phone gives an origin about 5 MB. */
const KEPT_MAX = 60;
const KEPT_CHARACTERS_MAX = 60_000;
const IN_MEMORY_MAX = 200;
const memory = new Map<string, Answer<unknown>>();

/** What is kept is of the token that is kept. A page in a frame has none, and another tab may have changed it since. */
const isKeeper = (): boolean => kept("token") === token.peek();

/** The last good answer of an address, for a page that cannot ask again now. */
export function lastAnswer<T>(path: string): Answer<T> | undefined {
  const known = memory.get(path);
  if (known) return known as Answer<T>;
  if (!isKeeper()) return undefined;
  try {
    return JSON.parse(kept(`answer:${path}`) ?? "") as Answer<T>;
  } catch {
    return undefined;
  }
}

/** `by`: the token that asked. What comes after somebody signed out, or in, is nobody's. */
export function rememberAnswer(path: string, answer: Answer<unknown>, by: string | undefined): void {
  if (by !== token.peek()) return;
  memory.delete(path);
  memory.set(path, answer);
  const [oldest] = memory.keys();
  if (memory.size > IN_MEMORY_MAX && oldest !== undefined) memory.delete(oldest);
  if (!isKeeper()) return;
  const json = JSON.stringify(answer);
  if (json.length > KEPT_CHARACTERS_MAX) return;
  keep(`answer:${path}`, json);
  const names = keptNames("answer:");
  if (names.length > KEPT_MAX) {
    const age = (name: string): number =>
      Number(/"atMs":(\d+)/.exec((kept(name) ?? "").slice(-30))?.[1] ?? 0);
    for (const name of names.toSorted((a, b) => age(a) - age(b)).slice(0, names.length - KEPT_MAX))
      keep(name, undefined);
  }
}

function forgetAnswers(): void {
  memory.clear();
  for (const name of keptNames("answer:")) keep(name, undefined);
}

// Answers belong to the token that asked for them: a link may have brought another one than they were kept with.
let owner = tokenBefore;
effect(() => {
  if (token.value === owner) return;
  owner = token.value;
  forgetAnswers();
  keep("meter", undefined);
});
