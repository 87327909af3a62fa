import type { JournalStats } from "../journal/journal.ts";
import type { PublisherStats } from "../publisher/publisher.ts";
import type { LatestReading, ReaderStats } from "../reader/reader.ts";

/** Everything that an edge knows about itself at one moment. */
export interface EdgeStatus {
  device: string;
  meters: readonly (ReaderStats & { name: string })[];
  journal: JournalStats;
  /** Absent: detached. */
  broker: PublisherStats | undefined;
}

/** The newest telegram of each meter, with all registers. */
export type LatestReadings = readonly (LatestReading & { name: string })[];

export interface Health {
  status: "ok" | "failing";
  /** Each with what to do. */
  problems: string[];
  device: string;
  broker: "detached" | "connected" | "away";
  pending: number;
}

/** A broker that is away is no fault of the edge: readings wait in the journal. A silent meter or a full disk is one. */
export function healthOf({ device, meters, journal, broker }: EdgeStatus): Health {
  const problems = meters.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [`${name}: ${problem}`],
  );
  if (journal.failure !== undefined) problems.push(`the journal cannot write: ${journal.failure}`);
  return {
    status: problems.length === 0 ? "ok" : "failing",
    problems,
    device,
    broker: broker === undefined ? "detached" : broker.connected ? "connected" : "away",
    pending: journal.pending,
  };
}
