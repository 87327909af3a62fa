import type { RegistryDocument } from "@smp/store";
import { FakeStore } from "./fake-store.ts";
import { twoProcesses } from "./two-processes.ts";

/** A store as QuestDB is: what is committed can be seen a moment later, and `settled` waits for that. */
class LaggingStore extends FakeStore {
  #applying: Promise<void> = Promise.resolve();

  override async putDocument(...documents: RegistryDocument[]): Promise<void> {
    this.#applying = this.#apply(this.#applying, documents);
    // Committed.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #apply(before: Promise<void>, documents: readonly RegistryDocument[]): Promise<void> {
    await before;
    await new Promise((resolve) => setTimeout(resolve, 1));
    await super.putDocument(...documents);
  }

  override async settled(): Promise<void> {
    await this.#applying;
  }
}

twoProcesses(async () => {
  const store = new LaggingStore();
  return { a: store, b: store, close: async () => undefined };
});
