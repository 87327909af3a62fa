import { discoveryDocument, discoveryTopic, registerOf, type NormalisedReading } from "@smp/schemas";

/**
 * Announces each meter to Home Assistant once, and again when its readings carry a register that they did not before.
 * `publish` retains at QoS 0; beyond `metersMax` nothing is announced, so that 0 switches it off.
 */
export function homeAssistantDiscovery(
  publish: (topic: string, payload: string) => void,
  metersMax: number,
): (readings: readonly NormalisedReading[]) => void {
  if (metersMax === 0) return () => undefined;
  const announced = new Map<string, Set<string>>();
  return (readings) => {
    for (const { meter, r } of readings) {
      const known = announced.get(meter) ?? new Set<string>();
      const before = known.size;
      for (const code of Object.keys(r)) if (registerOf(code) !== undefined) known.add(code);
      if (known.size === before) continue;
      if (before === 0 && announced.size >= metersMax) continue;
      announced.set(meter, known);
      publish(discoveryTopic(meter), JSON.stringify(discoveryDocument(meter, known)));
    }
  };
}
