import { clientAddress } from "./client-address.ts";
import { HttpProblem } from "./problem.ts";
import type { AppContext, Services } from "./services.ts";

/** Counts the open streams, in all and per token, or per address without one. */
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
    const { id } = c.get("caller");
    const client = id === null ? clientAddress(c, trustedProxies) : `token ${id}`;
    const own = this.#taken.get(client) ?? 0;
    if (own >= limits.listenersPerAddressMax)
      throw new HttpProblem(
        "too-many-streams",
        `This client has ${own} live streams open, which is all it may have.`,
        { retryAfterS: 30 },
      );
    if (this.#total >= limits.listenersMax)
      throw new HttpProblem("busy", "All live streams are taken: try again later.", { retryAfterS: 30 });
    this.#total++;
    this.#taken.set(client, own + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#total--;
      const left = (this.#taken.get(client) ?? 1) - 1;
      if (left === 0) this.#taken.delete(client);
      else this.#taken.set(client, left);
    };
  }
}
