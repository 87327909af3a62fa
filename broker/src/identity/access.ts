import {
  errorTopic,
  HOME_ASSISTANT_PREFIX,
  METER_ID,
  meterOfDiscoveryTopic,
  parseDeviceTopic,
  readingTopic,
  type DeviceTopicKind,
} from "@smp/schemas";
import type { Identity } from "./identity.ts";
import { Refusal } from "../refusal.ts";

/** What a device may publish; the rest of its tree is the platform's. */
export type PublishKind = Extract<DeviceTopicKind, "reading" | "status" | "info" | "raw">;
export const KINDS: readonly PublishKind[] = ["reading", "status", "info", "raw"];
const PUBLISHABLE: ReadonlySet<string> = new Set(KINDS);

const LIVE = "live/v1/";

/** Which of its topics a device publishes to, or why it may not. */
export function publishKind(identity: Identity, topic: string): PublishKind | Refusal {
  const shown = (): string => JSON.stringify(topic.slice(0, 200));
  if (identity.role !== "device")
    return new Refusal(
      "publish-role",
      `${identity.role} ${identity.id} published to ${shown()}, but only devices publish.`,
    );
  const parsed = parseDeviceTopic(topic);
  if (!parsed)
    return new Refusal(
      "publish-topic",
      `Device ${identity.id} published to ${shown()}, which is no topic of the contract: readings go to "${readingTopic(identity.id)}".`,
    );
  if (parsed.device !== identity.id)
    return new Refusal(
      "publish-foreign",
      `Device ${identity.id} published to ${shown()}, which belongs to device ${parsed.device}.`,
    );
  if (!PUBLISHABLE.has(parsed.kind))
    return new Refusal(
      "publish-topic",
      `Device ${identity.id} published to ${shown()}, which only the platform writes.`,
    );
  return parsed.kind as PublishKind;
}

/**
 * Whether an identity may subscribe to a filter. `meters` limits a consumer; a wildcard is granted to everybody who may
 * see anything, because each message is checked again on its way out (`mayReceive`).
 */
export function subscribeRefusal(
  identity: Identity,
  filter: string,
  meters?: ReadonlySet<string>,
): Refusal | undefined {
  const allowed =
    identity.role === "device"
      ? isOwnDownlink(identity.id, filter)
      : isLiveFilter(filter, meters) || (identity.role === "service" && isPresenceFilter(filter));
  if (allowed) return undefined;
  const rights =
    identity.role === "device"
      ? `${errorTopic(identity.id)} and sm/v1/${identity.id}/cmd/#`
      : `topics below ${LIVE}`;
  return new Refusal(
    "subscribe",
    `${identity.role} ${identity.id} subscribed to ${JSON.stringify(filter.slice(0, 200))}, but may only subscribe to ${rights}.`,
  );
}

/** Whether a message may go out to an identity. */
export function mayReceive(identity: Identity, topic: string, meters?: ReadonlySet<string>): boolean {
  if (identity.role === "device") return isOwnDownlink(identity.id, topic);
  const meter = topic.startsWith(LIVE) ? topic.slice(LIVE.length) : meterOfDiscoveryTopic(topic);
  if (meter !== undefined) return meters === undefined || meters.has(meter);
  return identity.role === "service" && isPresenceFilter(topic);
}

export const isLiveTopic = (topic: string): boolean => topic.startsWith(LIVE);

/** Of readings: the live mirror, and the announcement of its meters. */
export const isShownTopic = (topic: string): boolean =>
  isLiveTopic(topic) || topic.startsWith(`${HOME_ASSISTANT_PREFIX}/`);

function isOwnDownlink(id: string, filter: string): boolean {
  return filter === errorTopic(id) || filter === `sm/v1/${id}/#` || filter.startsWith(`sm/v1/${id}/cmd/`);
}

function isLiveFilter(filter: string, meters?: ReadonlySet<string>): boolean {
  if (filter.startsWith(`${HOME_ASSISTANT_PREFIX}/`)) return true;
  if (!filter.startsWith(LIVE)) return false;
  const meter = filter.slice(LIVE.length);
  if (meter === "#" || meter === "+") return true;
  return METER_ID.test(meter) && (meters === undefined || meters.has(meter));
}

function isPresenceFilter(filter: string): boolean {
  return /^sm\/v1\/(?:\+|[a-z0-9][a-z0-9-]{0,39})\/(?:status|info)$/.test(filter);
}
