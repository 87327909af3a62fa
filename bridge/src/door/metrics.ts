import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface ClientDoorMetrics {
  messages: Counter<"kind">;
  ignored: Counter<"reason">;
  rejected: Counter<"code">;
  failed: Counter;
  connections: Counter;
  inFlight: Gauge;
  /** From the arrival of a message to the moment at which its PUBACK may go out. */
  acknowledgeSeconds: Histogram;
}

export function createDoorMetrics(registry: Registry): ClientDoorMetrics {
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> =>
    new Counter({ name: `smp_bridge_${name}`, help, labelNames, registers });
  return {
    messages: counter("messages_total", "Messages taken from the foreign broker.", ["kind"]),
    ignored: counter("ignored_total", "Messages acknowledged and left alone, by reason.", ["reason"]),
    rejected: counter("rejected_total", "Readings and messages acknowledged but not accepted, by code.", [
      "code",
    ]),
    failed: counter("log_failures_total", "Messages that the log did not take; the broker sends them again."),
    connections: counter("connections_total", "Connections to the foreign broker."),
    inFlight: new Gauge({ name: "smp_bridge_in_flight", help: "Messages that wait for the log.", registers }),
    acknowledgeSeconds: new Histogram({
      name: "smp_bridge_acknowledge_seconds",
      help: "Time from the arrival of a message until the log held it.",
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    }),
  };
}
