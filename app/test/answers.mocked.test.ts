import { afterEach, expect, test, vi } from "vitest";

const [MINE, YOURS] = ["a", "b"].map((letter) => `smp_${letter.repeat(43)}`) as [string, string];
const PATH = "v1/meters";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** A browser's storage, which all its tabs share. */
function browser(): { tab: (search?: string) => Promise<Tab> } {
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
  return { tab: openTab };
}

type Tab = Pick<typeof import("../src/api/answers.ts"), "lastAnswer" | "rememberAnswer"> &
  Pick<typeof import("../src/api/token.ts"), "token" | "setToken"> & { hear: (event: string) => void };

/** A tab has modules of its own. */
async function openTab(search = ""): Promise<Tab> {
  vi.resetModules();
  const listeners: [string, (event: object) => void][] = [];
  vi.stubGlobal("location", { search, hash: "", pathname: "/" });
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
  old.rememberAnswer(PATH, { data: "mine", atMs: 1 });
  const other = await tab();
  expect(other.lastAnswer(PATH)).toEqual({ data: "mine", atMs: 1 });
  other.setToken(undefined);
  old.rememberAnswer(PATH, { data: "mine", atMs: 2 });
  expect((await tab()).lastAnswer(PATH)).toBeUndefined();
  (await tab()).setToken(YOURS);
  old.rememberAnswer(PATH, { data: "mine", atMs: 3 });
  expect((await tab()).lastAnswer(PATH)).toBeUndefined();
});

test("a tab follows the token that another tab set or gave up, also one that was asleep meanwhile", async () => {
  const { tab } = browser();
  const old = await tab();
  old.setToken(MINE);
  old.rememberAnswer(PATH, { data: "mine", atMs: 1 });
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
  own.rememberAnswer(PATH, { data: "mine", atMs: 1 });
  const framed = await tab("?embed=1");
  expect(framed.lastAnswer(PATH)).toBeUndefined();
  framed.rememberAnswer(PATH, { data: "public", atMs: 2 });
  framed.hear("storage");
  expect(framed.token.peek()).toBeUndefined();
  expect((await tab()).lastAnswer(PATH)).toEqual({ data: "mine", atMs: 1 });
});
