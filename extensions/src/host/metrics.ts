import { Counter, Histogram, Registry } from "prom-client";

export interface ExtensionMetrics {
  registry: Registry;
  calls: Counter<"extension" | "result">;
  cuts: Counter<"extension" | "reason">;
  callSeconds: Histogram<"extension">;
  passedOver: Counter<"extension">;
  emitted: Counter<"extension" | "kind">;
}

export function extensionMetrics(): ExtensionMetrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    calls: new Counter({
      name: "smp_extension_calls_total",
      help: "Calls of extensions by result: ok, or why there was none.",
      labelNames: ["extension", "result"],
      registers,
    }),
    cuts: new Counter({
      name: "smp_extension_cuts_total",
      help: "Processes of extensions that were ended, or ended by themselves.",
      labelNames: ["extension", "reason"],
      registers,
    }),
    callSeconds: new Histogram({
      name: "smp_extension_call_seconds",
      help: "Time of one call, with its wait for a turn.",
      labelNames: ["extension"],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 10, 30],
      registers,
    }),
    passedOver: new Counter({
      name: "smp_extension_passed_over_readings_total",
      help: "Readings that a processor failed on again and again, and that were passed over.",
      labelNames: ["extension"],
      registers,
    }),
    emitted: new Counter({
      name: "smp_extension_emitted_total",
      help: "What processors emitted, by kind: reading or event.",
      labelNames: ["extension", "kind"],
      registers,
    }),
  };
}
