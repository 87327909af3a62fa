import { Checked } from "@smp/schemas";

/** How many processes share the port: `SMP_MQTT_PROCESSES` (1). */
export function readProcesses(environment: NodeJS.ProcessEnv): number {
  const checked = new Checked(environment);
  const count = checked.integer("SMP_MQTT_PROCESSES", { min: 1, max: 64, fallback: 1 });
  if (count > 1 && checked.boolean("SMP_SPOOL", false))
    checked.fault("SMP_MQTT_PROCESSES", `is ${count}, but a spool (SMP_SPOOL) belongs to one process`);
  checked.throwIfFaulty();
  return count;
}
