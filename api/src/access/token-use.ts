import { HOUR_MS } from "@smp/schemas";
import type { Store } from "@smp/store";
import type { Logger } from "pino";

const USE_KIND = "token-use";

interface TokenUseOptions {
  store: Pick<Store, "documents" | "putDocument">;
  now: () => number;
  logger: Logger;
}

/**
 * When each token was last used, to the hour: written beside the requests, at most once an hour per token, in documents of
 * their own, so that a use never touches the token itself.
 */
export class TokenUse {
  readonly #options: TokenUseOptions;
  /** Per token the use that is written, or being written. */
  readonly #written = new Map<string, number>();
  #known: Promise<void> | undefined;

  constructor(options: TokenUseOptions) {
    this.#options = options;
  }

  /** Returns at once; what cannot be written is written after a later use. */
  note(token: string): void {
    const at = this.#options.now();
    if (at - (this.#written.get(token) ?? Number.NEGATIVE_INFINITY) < HOUR_MS) return;
    this.#written.set(token, at);
    this.#write(token, at).catch((error: unknown) => {
      this.#written.delete(token);
      this.#options.logger.warn({ err: error }, "the use of a token could not be written");
    });
  }

  /** Unix ms by token. */
  async all(): Promise<ReadonlyMap<string, number>> {
    const documents = await this.#options.store.documents(USE_KIND);
    return new Map(documents.map(({ id, value }) => [id, (value as { at: number }).at]));
  }

  async forget(token: string): Promise<void> {
    this.#written.delete(token);
    await this.#options.store.putDocument({ kind: USE_KIND, id: token, value: null, t: this.#options.now() });
  }

  async #write(token: string, at: number): Promise<void> {
    // What was written before this process started, or by another one, counts as well.
    this.#known ??= this.#read().catch((error: unknown) => {
      this.#known = undefined;
      throw error;
    });
    await this.#known;
    if (this.#written.get(token) !== at) return;
    await this.#options.store.putDocument({ kind: USE_KIND, id: token, value: { at }, t: at });
  }

  async #read(): Promise<void> {
    for (const [token, at] of await this.all())
      if (this.#options.now() - at < HOUR_MS) this.#written.set(token, at);
  }
}
