import type { NormalisedReading } from "@smp/schemas";
import type { BrokerConfig } from "../config.ts";
import { homeAssistantDiscovery } from "./home-assistant.ts";
import type { Limits } from "../limits.ts";
import { LiveMirror } from "./live.ts";
import type { Sessions } from "../sessions/sessions.ts";

export interface MirrorPorts {
  publish: (topic: string, payload: string, retain: boolean) => Promise<void>;
  sessions: Pick<Sessions, "isListened">;
  limits: Limits;
}

export interface Mirror {
  live: LiveMirror;
  show: (readings: readonly NormalisedReading[]) => void;
  /** Takes a meter away that was deleted. */
  forget: (meter: string) => Promise<void>;
}

/** What others see of the readings: the live mirror, and the announcement of its meters to Home Assistant. */
export function mirrorReadings(
  { homeAssistant }: Pick<BrokerConfig, "homeAssistant">,
  { publish, sessions, limits }: MirrorPorts,
): Mirror {
  const retain = (topic: string, payload: string): Promise<void> => publish(topic, payload, true);
  const live = new LiveMirror({
    publish: retain,
    isListened: () => sessions.isListened(),
    intervalMs: limits.liveIntervalMs,
    metersMax: limits.liveMetersMax,
    outstandingMax: limits.liveOutstandingMax,
  });
  const metersMax = homeAssistant ? limits.homeAssistantMetersMax : 0;
  const discovery = homeAssistantDiscovery(retain, metersMax);
  return {
    live,
    show(readings) {
      discovery.announce(readings);
      live.offer(readings);
    },
    async forget(meter) {
      await Promise.all([live.forget(meter), discovery.withdraw(meter)]);
    },
  };
}
