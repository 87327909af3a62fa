import { collectDefaultMetrics, Registry } from "prom-client";

/** What this process itself takes: memory, processor time, file descriptors, delay of the event loop. It is measured from the first question on. */
export function processMetrics(): () => Promise<string> {
  let registry: Registry | undefined;
  return async () => {
    if (!registry) {
      registry = new Registry();
      collectDefaultMetrics({ register: registry });
    }
    return await registry.metrics();
  };
}
