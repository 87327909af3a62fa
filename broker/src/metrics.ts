import { Counter, Gauge, Registry } from "prom-client";
import { plainHistogram, type PlainHistogram } from "./histogram.ts";
import { KINDS, type PublishKind } from "./identity/access.ts";

export interface BrokerMetrics {
  registry: Registry;
  refusals: Counter<"reason">;
  /** Messages taken from devices. Plain numbers: to find a counter by its labels takes longer than to count. */
  taken: Record<PublishKind, number>;
  rejected: Counter<"code">;
  slowed: Counter;
  takeovers: Counter;
  cloneAlarms: Counter;
  sessions: Gauge<"role">;
  /** From the arrival of a message to the moment at which its PUBACK may go out. */
  acknowledgeSeconds: PlainHistogram;
}

export function createMetrics(registry: Registry = new Registry()): BrokerMetrics {
  const registers = [registry];
  const taken = { reading: 0, status: 0, info: 0, raw: 0 };
  void new Counter({
    name: "smp_broker_messages_total",
    help: "Messages taken from devices.",
    labelNames: ["kind"],
    registers,
    collect() {
      this.reset();
      for (const kind of KINDS) if (taken[kind] > 0) this.inc({ kind }, taken[kind]);
    },
  });
  return {
    registry,
    refusals: new Counter({
      name: "smp_broker_refusals_total",
      help: "Connections, messages and subscriptions that were refused, by reason.",
      labelNames: ["reason"],
      registers,
    }),
    taken,
    rejected: new Counter({
      name: "smp_broker_rejected_total",
      help: "Readings and messages acknowledged but not accepted, by code.",
      labelNames: ["code"],
      registers,
    }),
    slowed: new Counter({
      name: "smp_broker_slowed_messages_total",
      help: "Messages that waited for their turn, because their device sent more than its rate.",
      registers,
    }),
    takeovers: new Counter({
      name: "smp_broker_takeovers_total",
      help: "Sessions that ended an older one of the same certificate.",
      registers,
    }),
    cloneAlarms: new Counter({
      name: "smp_broker_clone_alarms_total",
      help: "Times at which two devices seemed to use one certificate.",
      registers,
    }),
    sessions: new Gauge({
      name: "smp_broker_sessions",
      help: "Connected clients.",
      labelNames: ["role"],
      registers,
    }),
    acknowledgeSeconds: plainHistogram({
      name: "smp_broker_acknowledge_seconds",
      help: "Time from the arrival of a message until the log held it.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registry,
    }),
  };
}
