import { messageOf, type DecodeForeign, type ForeignPayload } from "@smp/schemas";
import type { Supervisor } from "./supervisor.ts";
import { ExtensionFailure } from "./failure.ts";

const READINGS_MAX = 500;
const FAULT_CHARS_MAX = 1_000;

/**
 * The inputs of the platform as the port that the ingest calls. A message whose input is not there, or fails, becomes an
 * answer that says so; only "too many wait" is thrown, so that the device sends again.
 */
export function inputDecoder(
  inputs: ReadonlyMap<string, Supervisor>,
  inputOf: (device: string) => string | undefined,
): DecodeForeign {
  return async (payload) => {
    const name = payload.input ?? inputOf(payload.device);
    if (name === undefined)
      return {
        code: "no-input",
        fault: `No input is set for ${payload.device}: name one in SMP_INPUTS (input:${payload.device}), or publish to reading. There are ${[...inputs.keys()].join(", ")}.`,
      };
    const supervisor = inputs.get(name);
    if (!supervisor)
      return {
        code: "no-input",
        fault: `There is no input "${name}". There are ${[...inputs.keys()].join(", ")}; SMP_EXTENSIONS adds others.`,
      };
    return await decode(supervisor, payload);
  };
}

async function decode(
  supervisor: Supervisor,
  { payload, device, path, contentType, received }: ForeignPayload,
): ReturnType<DecodeForeign> {
  const args = { device, path, received, ...(contentType !== undefined && { contentType }) };
  try {
    const { value } = await supervisor.call(args, payload);
    return sorted(supervisor, value);
  } catch (error) {
    if (error instanceof ExtensionFailure && error.reason === "busy") throw error;
    return { code: "input-failed", fault: messageOf(error) };
  }
}

function sorted(supervisor: Supervisor, value: unknown): Awaited<ReturnType<DecodeForeign>> {
  const fault = (value as { fault?: unknown } | null)?.fault;
  if (typeof fault === "string")
    return { code: "input-fault", fault: `${supervisor.name}: ${fault.slice(0, FAULT_CHARS_MAX)}` };
  if (Array.isArray(value) && value.length <= READINGS_MAX) return { readings: value };
  const failure = new ExtensionFailure(
    supervisor.name,
    "threw",
    `answered with neither a fault nor a list of at most ${READINGS_MAX} readings.`,
  );
  supervisor.failed(failure);
  throw failure;
}
