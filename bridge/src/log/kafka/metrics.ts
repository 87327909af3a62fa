import { Counter, Gauge, type Registry } from "prom-client";
import type { Kind } from "./records.ts";

/** What becomes of a record that cannot be read. */
export const OUTCOMES = ["kept", "passed-over"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What one consumer group of this process tells of its way through the log. */
export interface GroupMetrics {
  handled(kind: Kind, records: number): void;
  unreadable(outcome: Outcome, records: number): void;
  positionLost(): void;
  /** Where the group is in one partition: `waiting` records are there beyond the one of this time (Unix ms). */
  at(partition: string, place: Place): void;
  /** The partitions are others' from now on, or shared out anew. */
  forget(): void;
}

export interface Place {
  waiting: number;
  timeMs: number;
}

/** All groups of a process share one set of figures, told apart by `group`. */
export function groupMetrics(registry: Registry | undefined, group: string): GroupMetrics | undefined {
  if (!registry) return undefined;
  const places = new Map<string, Place>();
  const waiting = (): Place[] => [...places.values()].filter((place) => place.waiting > 0);
  const figures = figuresOf(registry);
  figures.lags.set(group, () => ({
    records: waiting().reduce((sum, place) => sum + place.waiting, 0),
    seconds: Math.max(0, ...waiting().map(({ timeMs }) => (Date.now() - timeMs) / 1_000)),
  }));
  figures.lost.inc({ group }, 0);
  for (const outcome of OUTCOMES) figures.unreadable.inc({ group, outcome }, 0);
  return {
    handled: (kind, records) => figures.handled.inc({ group, kind }, records),
    unreadable: (outcome, records) => figures.unreadable.inc({ group, outcome }, records),
    positionLost: () => figures.lost.inc({ group }),
    at: (partition, place) => void places.set(partition, place),
    forget: () => places.clear(),
  };
}

interface Figures {
  handled: Counter<"group" | "kind">;
  unreadable: Counter<"group" | "outcome">;
  lost: Counter<"group">;
  lags: Map<string, () => { records: number; seconds: number }>;
}

const made = new WeakMap<Registry, Figures>();

function figuresOf(registry: Registry): Figures {
  const known = made.get(registry);
  if (known) return known;
  const registers = [registry];
  const lags: Figures["lags"] = new Map();
  const lag = (name: "records" | "seconds", help: string): Gauge<"group"> =>
    new Gauge({
      name: `smp_log_lag_${name}`,
      help,
      labelNames: ["group"],
      registers,
      collect() {
        for (const [group, look] of lags) this.set({ group }, look()[name]);
      },
    });
  lag("records", "Records in the log that this process has still to handle.");
  lag("seconds", "Age of the oldest record that waits for this process; 0 when none does.");
  const figures = {
    lags,
    handled: new Counter({
      name: "smp_log_handled_records_total",
      help: "Records of the log that were handled to the end: of the loader, stored.",
      labelNames: ["group", "kind"] as const,
      registers,
    }),
    unreadable: new Counter({
      name: "smp_log_unreadable_records_total",
      help: "Records that could not be read. kept: the platform's own, among the rejected messages. passed-over: somebody else's.",
      labelNames: ["group", "outcome"] as const,
      registers,
    }),
    lost: new Counter({
      name: "smp_log_positions_lost_total",
      help: "Times at which the log had deleted records before this process read them.",
      labelNames: ["group"] as const,
      registers,
    }),
  };
  made.set(registry, figures);
  return figures;
}
