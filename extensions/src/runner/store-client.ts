import { STORE_METHODS, type StoreMethod, type StoreView } from "../contract/store-view.ts";

/** The platform cuts a process that asks more than 16 things at once: a loop over many meters shall not need to count. */
const AT_ONCE_MAX = 8;

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** Asks of the store, sent to the platform; it knows from the call's number whose rights count. */
export class StoreClient {
  readonly #write: (head: object) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #held: (() => void)[] = [];
  #last = 0;

  constructor(write: (head: object) => void) {
    this.#write = write;
  }

  /** The store as the call may see it. */
  of(call: number): StoreView {
    const ask = (method: StoreMethod) => (query?: unknown) =>
      new Promise((resolve, reject) => {
        this.#held.push(() => {
          const ask = ++this.#last;
          try {
            this.#write({ ask, of: call, method, query: query ?? null });
            this.#waiting.set(ask, { resolve, reject });
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
        this.#next();
      });
    return Object.fromEntries(STORE_METHODS.map((method) => [method, ask(method)])) as unknown as StoreView;
  }

  answered(head: Readonly<Record<string, unknown>>): void {
    const ask = Number(head["reply"]);
    const waiting = this.#waiting.get(ask);
    this.#waiting.delete(ask);
    this.#next();
    if (typeof head["error"] === "string") waiting?.reject(new Error(head["error"]));
    else waiting?.resolve(head["value"]);
  }

  #next(): void {
    while (this.#held.length > 0 && this.#waiting.size < AT_ONCE_MAX) this.#held.shift()?.();
  }
}
