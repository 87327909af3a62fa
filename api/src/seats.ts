import { clientAddress } from "./client-address.ts";
import { HttpProblem } from "./problem.ts";
import type { AppContext, Services } from "./services.ts";

/** Counts the open streams, in all and per client address. */
export class Seats {
  readonly #services: Services;
  readonly #taken = new Map<string, number>();
  #total = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Takes a seat; returns how to give it back, which does nothing a second time. */
  take(c: AppContext): () => void {
    const { limits, trustedProxies } = this.#services.config;
    const address = clientAddress(c, trustedProxies);
    const own = this.#taken.get(address) ?? 0;
    if (own >= limits.listenersPerAddressMax)
      throw new HttpProblem(
        "too-many-streams",
        `This address has ${own} live streams open, which is all it may have.`,
        { retryAfterS: 30 },
      );
    if (this.#total >= limits.listenersMax)
      throw new HttpProblem("busy", "All live streams are taken: try again later.", { retryAfterS: 30 });
    this.#total++;
    this.#taken.set(address, own + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#total--;
      const left = (this.#taken.get(address) ?? 1) - 1;
      if (left === 0) this.#taken.delete(address);
      else this.#taken.set(address, left);
    };
  }
}
