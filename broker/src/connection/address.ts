import { networkOf } from "@smp/schemas";
import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { TokenBucket } from "../token-bucket.ts";

type AddressLimits = Pick<
  Limits,
  "connectionsPerAddressMax" | "connectionsPerAddressPerSecond" | "connectionsPerAddressBurst"
>;

interface Visits {
  open: number;
  rate: TokenBucket;
}

/** Counts the connections of each address: those that are open, and how often new ones come. */
export class Addresses {
  readonly #limits: AddressLimits;
  readonly #visits = new Map<string, Visits>();

  constructor(limits: AddressLimits) {
    this.#limits = limits;
  }

  /** Counts a new connection, and says what to call when it is closed; or why it is one too many. */
  enter(address: string): (() => void) | Refusal {
    const { connectionsPerAddressMax, connectionsPerAddressPerSecond } = this.#limits;
    const visits = this.#visitsOf(address);
    const nowMs = performance.now();
    if (visits.open >= connectionsPerAddressMax)
      return new Refusal(
        "connections-address",
        `More than ${connectionsPerAddressMax} connections from ${address}: raise SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX.`,
      );
    if (visits.rate.waitMs(1, nowMs) > 0)
      return new Refusal(
        "connections-rate",
        `More than ${connectionsPerAddressPerSecond} new connections a second from ${address}: raise SMP_MQTT_CONNECTIONS_PER_ADDRESS_PER_SECOND.`,
      );
    visits.rate.book(1, nowMs);
    visits.open++;
    return () => void visits.open--;
  }

  /** Forgets addresses that have been silent for so long that forgetting changes nothing. */
  sweep(): void {
    const nowMs = performance.now();
    for (const [address, { open, rate }] of this.#visits)
      if (open === 0 && rate.isFull(nowMs)) this.#visits.delete(address);
  }

  #visitsOf(address: string): Visits {
    const known = this.#visits.get(address);
    if (known) return known;
    const { connectionsPerAddressPerSecond, connectionsPerAddressBurst } = this.#limits;
    const rate = new TokenBucket(connectionsPerAddressPerSecond, connectionsPerAddressBurst);
    const visits = { open: 0, rate };
    this.#visits.set(address, visits);
    return visits;
  }
}

/** Whom a connection counts for. */
export const addressKey = (address: string | undefined): string =>
  address === undefined ? "unknown" : networkOf(address);
