import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { readKafkaConfig, type ClosableIngest } from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import { Checked, deviceOf, type NormalisedReading } from "@smp/schemas";
import type { Logger } from "pino";
import { deletionsOf } from "./deletions.ts";
import type { Closable } from "./process/process.ts";

const CLOSE_MS_MAX = 1_500;

/** A live mirror, and what its broker knows of its devices. */
export interface FollowedMirror {
  /** Takes a deleted meter away. */
  forget(meter: string): void | Promise<void>;
  /** Shows readings; without it only deletions are followed. */
  show?(readings: readonly NormalisedReading[]): void;
  /** Whether the device's readings come to this mirror by themselves. */
  hasDevice?(device: string): boolean;
}

/** `SMP_LIVE_FROM_LOG` (true). */
export function followsLog(): boolean {
  const checked = new Checked(process.env);
  const wanted = checked.boolean("SMP_LIVE_FROM_LOG", true);
  checked.throwIfFaulty();
  return wanted;
}

/**
 * Brings to a live mirror what does not come by its broker's own devices: readings over HTTP, of other brokers and of
 * processors, and deletions; and to its ingest, which devices go on elsewhere. Each has a consumer group of its own, which begins
 * with now. When Kafka is away the mirror waits, and nothing else does. `SMP_LIVE_FROM_LOG=false` switches it off.
 */
export function followLog(
  mirror: FollowedMirror,
  ingest: Pick<ClosableIngest, "forget" | "left">,
  logger: Logger,
): Closable[] {
  if (!followsLog()) return [];
  const config = { ...readKafkaConfig(process.env), groupId: `smp-live-${randomUUID()}` };
  // What comes by itself is not even read: a broker takes more than it shows.
  const isElsewhere = (meter: string): boolean =>
    mirror.show !== undefined && !mirror.hasDevice?.(deviceOf(meter));
  const log = kafkaLog(config, {
    logger,
    fromNow: true,
    isWanted: (kind, key) => kind === "statuses" || (kind === "readings" && isElsewhere(key)),
  });
  log
    .consume(async ({ readings, statuses }) => {
      mirror.show?.(readings);
      // What a device has sent elsewhere is not missing here when it comes back.
      for (const { device } of readings) ingest.left(device);
      for (const { meter, received } of deletionsOf(statuses)) {
        ingest.forget(meter, received);
        await mirror.forget(meter);
      }
    })
    .catch((error: unknown) => logger.error({ err: error }, "the live mirror cannot follow the log"));
  // It keeps nothing, so that a Kafka that hangs need not be waited for.
  return [{ close: () => Promise.race([log.close(), sleep(CLOSE_MS_MAX)]) }];
}
