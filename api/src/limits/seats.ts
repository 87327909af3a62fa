import { clientAddress } from "../request/client-address.ts";
import { HttpProblem } from "../answer/problem.ts";
import type { AppContext } from "../ports.ts";
import type { Services } from "../services.ts";

/** How many there may be, and what they are called. */
interface SeatLimits {
  total: number;
  perClient: number;
  what: "live streams" | "files";
}

/** Counts the open streams, in all and per token, or per address without one. */
export class Seats {
  readonly #services: Pick<Services, "config">;
  readonly #limits: SeatLimits;
  readonly #taken = new Map<string, number>();
  #total = 0;

  constructor(services: Pick<Services, "config">, limits: SeatLimits) {
    this.#services = services;
    this.#limits = limits;
  }

  /** Takes a seat; returns how to give it back, which does nothing a second time. */
  take(c: AppContext): () => void {
    const { total, perClient, what } = this.#limits;
    const { trustedProxies } = this.#services.config;
    const { id } = c.get("caller");
    const client = id === null ? clientAddress(c, trustedProxies) : `token ${id}`;
    const own = this.#taken.get(client) ?? 0;
    if (own >= perClient)
      throw new HttpProblem(
        "too-many-streams",
        `This client has ${own} ${what} open, which is all it may have.`,
        { retryAfterS: 30 },
      );
    if (this.#total >= total)
      throw new HttpProblem("busy", `All ${what} are taken: try again later.`, { retryAfterS: 30 });
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
