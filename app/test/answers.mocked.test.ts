import { afterEach, expect, test, vi } from "vitest";

const [MINE, YOURS] = ["a", "b"].map((letter) => `smp_${letter.repeat(43)}`) as [string, string];
const PATH = "v1/meters";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** A browser's storage, which all its tabs share. */
function browser(): { tab: (search?: string, hash?: string) => Promise<Tab> } {
  const methods = {
    getItem(this: Record<string, string>, name: string): string | null {
      return Object.hasOwn(this, name) ? this[name]! : null;
    },
    setItem(this: Record<string, string>, name: string, value: string): void {
      this[name] = value;
    },
    removeItem(this: Record<string, string>, name: string): void {
      delete this[name];
    },
  };
  vi.stubGlobal("localStorage", Object.create(methods));
  vi.stubGlobal("document", { baseURI: "http://platform.test/" });
  vi.stubGlobal("history", { replaceState: () => undefined });
  return { tab: openTab };
}

type Tab = Pick<typeof import("../src/api/answers.ts"), "lastAnswer" | "rememberAnswer"> &
  Pick<typeof import("../src/api/token.ts"), "token" | "setToken"> & { hear: (event: string) => void };

/** A tab has modules of its own. */
async function openTab(search = "", hash = ""): Promise<Tab> {
  vi.resetModules();
  const listeners: [string, (event: object) => void][] = [];
  vi.stubGlobal("location", { search, hash, pathname: "/" });
  vi.stubGlobal("addEventListener", (event: string, call: () => void) => listeners.push([event, call]));
  const { token, setToken } = await import("../src/api/token.ts");
  const { lastAnswer, rememberAnswer } = await import("../src/api/answers.ts");
  const hear = (event: string): void => {
    for (const [name, call] of listeners) if (name === event) call({ persisted: true });
  };
  return { token, setToken, lastAnswer, rememberAnswer, hear };
}

test("what a tab still hears with a token that another tab gave up is not kept for whoever comes next", async () => {
  const { tab } = browser();
  const old = await tab();
  old.setToken(MINE);
  old.rememberAnswer(PATH, { data: "mine", atMs: 1 }, old.token.peek());
  const other = await tab();
  expect(other.lastAnswer(PATH)).toEqual({ data: "mine", atMs: 1 });
  other.setToken(undefined);
  old.rememberAnswer(PATH, { data: "mine", atMs: 2 }, old.token.peek());
  expect((await tab()).lastAnswer(PATH)).toBeUndefined();
  (await tab()).setToken(YOURS);
  old.rememberAnswer(PATH, { data: "mine", atMs: 3 }, old.token.peek());
  expect((await tab()).lastAnswer(PATH)).toBeUndefined();
});

test("a tab follows the token that another tab set or gave up, also one that was asleep meanwhile", async () => {
  const { tab } = browser();
  const old = await tab();
  old.setToken(MINE);
  old.rememberAnswer(PATH, { data: "mine", atMs: 1 }, old.token.peek());
  const other = await tab();
  other.setToken(YOURS);
  old.hear("storage");
  expect(old.token.peek()).toBe(YOURS);
  expect(old.lastAnswer(PATH)).toBeUndefined();
  other.setToken(undefined);
  old.hear("pageshow");
  expect(old.token.peek()).toBeUndefined();
});

test("a page in another site's frame shows no kept answer of the token, and leaves them alone", async () => {
  const { tab } = browser();
  const own = await tab();
  own.setToken(MINE);
  own.rememberAnswer(PATH, { data: "mine", atMs: 1 }, own.token.peek());
  const framed = await tab("?embed=1");
  expect(framed.lastAnswer(PATH)).toBeUndefined();
  framed.rememberAnswer(PATH, { data: "public", atMs: 2 }, framed.token.peek());
  framed.hear("storage");
  expect(framed.token.peek()).toBeUndefined();
  expect((await tab()).lastAnswer(PATH)).toEqual({ data: "mine", atMs: 1 });
});

test("a link with another token shows nothing of what was kept with the one before", async () => {
  const { tab } = browser();
  const own = await tab();
  own.setToken(MINE);
  own.rememberAnswer(PATH, { data: "mine", atMs: 1 }, MINE);
  expect((await tab("", `#token=${MINE}`)).lastAnswer(PATH)).toEqual({
    data: "mine",
    atMs: 1,
  });
  const guest = await tab("", `#token=${YOURS}`);
  expect(guest.token.peek()).toBe(YOURS);
  expect(guest.lastAnswer(PATH)).toBeUndefined();
  expect(JSON.stringify(Object.entries(localStorage))).not.toContain("mine");
});

test("an answer that comes after signing out is kept by nobody", async () => {
  const { tab } = browser();
  const own = await tab();
  own.setToken(MINE);
  own.setToken(undefined);
  own.rememberAnswer(PATH, { data: "mine", atMs: 1 }, MINE);
  expect(own.lastAnswer(PATH)).toBeUndefined();
  expect(Object.keys(localStorage)).toEqual([]);
});

test("answers are kept for the next start however many were heard in this one", async () => {
  const { tab } = browser();
  const own = await tab();
  for (let count = 0; count < 250; count++)
    own.rememberAnswer(`v1/${count}`, { data: count, atMs: count }, undefined);
  expect((await tab()).lastAnswer("v1/249")).toEqual({ data: 249, atMs: 249 });
});

test("where the browser's storage is full, old answers give way to a new token", async () => {
  const { tab } = browser();
  const own = await tab();
  own.setToken(MINE);
  own.rememberAnswer(PATH, { data: "old", atMs: 1 }, MINE);
  const methods = Object.getPrototypeOf(localStorage) as { setItem: (name: string, value: string) => void };
  methods.setItem = function (this: Record<string, string>, name: string, value: string) {
    if (Object.keys(this).some((known) => known.includes("answer:"))) throw new Error("quota");
    this[name] = value;
  };
  own.setToken(YOURS);
  expect((await tab()).token.peek()).toBe(YOURS);
});
