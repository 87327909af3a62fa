import type { Problem, RejectedMessage, RejectionCode } from "./generated/types.ts";

const TITLES: Readonly<Record<RejectionCode, string>> = {
  "empty-payload": "The message is empty",
  "too-large": "The message is too large",
  "unknown-encoding": "The message is neither CBOR nor JSON",
  "invalid-cbor": "The CBOR is not valid",
  "cbor-tag": "CBOR tags are not allowed",
  "invalid-json": "The JSON is not valid",
  schema: "The reading does not match the contract",
  "time-future": "The time lies in the future",
  "time-past": "The time lies too far back",
  "impossible-value": "A value is impossible",
  "no-input": "No input is set for this device",
  "input-fault": "The input does not understand the payload",
  "input-failed": "The input failed on the payload",
};
const ERRORS_MAX = 100;

/**
 * The problem (RFC 9457) that a device reads on its `error` topic: one a message, with the first fault in its head. Of a
 * batch, `errors` says which readings were rejected and why.
 */
export function problemOf(rejected: readonly RejectedMessage[]): Problem | undefined {
  const [first] = rejected;
  if (!first) return undefined;
  const { code, detail, index } = first;
  const head = { type: `urn:smp:problem:${code}`, title: TITLES[code], code };
  if (index === undefined) return { ...head, detail };
  const more = rejected.length - 1;
  const others =
    more === 0 ? "" : ` ${more} more of the message ${more === 1 ? "was" : "were"} rejected, too.`;
  return {
    ...head,
    detail: `Reading ${index} of the batch: ${detail}${others}`,
    errors: rejected
      .slice(0, ERRORS_MAX)
      .map((one) => ({ pointer: `/${one.index ?? 0}`, detail: one.detail })),
  };
}
