import { discoveryDocument, discoveryTopic, registerOf, type NormalisedReading } from "@smp/schemas";

export interface Discovery {
  announce: (readings: readonly NormalisedReading[]) => void;
  /** Takes a meter's announcement back. */
  withdraw: (meter: string) => Promise<void>;
}

/**
 * Announces each meter to Home Assistant once, and again when its readings carry a register that they did not before.
 * `publish` retains at QoS 0; beyond `metersMax` nothing is announced, so that 0 switches it off.
 */
export function homeAssistantDiscovery(
  publish: (topic: string, payload: string) => Promise<void>,
  metersMax: number,
): Discovery {
  const announced = new Map<string, Set<string>>();
  const announce = (readings: readonly NormalisedReading[]): void => {
    if (metersMax === 0) return;
    for (const { meter, r } of readings) {
      const known = announced.get(meter) ?? new Set<string>();
      const before = known.size;
      for (const code of Object.keys(r)) if (registerOf(code) !== undefined) known.add(code);
      if (known.size === before) continue;
      if (before === 0 && announced.size >= metersMax) continue;
      announced.set(meter, known);
      void publish(discoveryTopic(meter), JSON.stringify(discoveryDocument(meter, known)));
    }
  };
  return {
    announce,
    async withdraw(meter) {
      if (announced.delete(meter)) await publish(discoveryTopic(meter), "");
    },
  };
}
