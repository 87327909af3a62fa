import { STORE_METHODS, type StoreMethod, type StoreView } from "../contract/store-view.ts";

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** Asks of the store, sent to the platform; it knows from the call's number whose rights count. */
export class StoreClient {
  readonly #write: (head: object) => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(write: (head: object) => void) {
    this.#write = write;
  }

  /** The store as the call may see it. */
  of(call: number): StoreView {
    const ask = (method: StoreMethod) => (query?: unknown) =>
      new Promise((resolve, reject) => {
        const ask = ++this.#last;
        this.#waiting.set(ask, { resolve, reject });
        this.#write({ ask, of: call, method, query: query ?? null });
      });
    return Object.fromEntries(STORE_METHODS.map((method) => [method, ask(method)])) as unknown as StoreView;
  }

  answered(head: Readonly<Record<string, unknown>>): void {
    const ask = Number(head["reply"]);
    const waiting = this.#waiting.get(ask);
    this.#waiting.delete(ask);
    if (typeof head["error"] === "string") waiting?.reject(new Error(head["error"]));
    else waiting?.resolve(head["value"]);
  }
}
