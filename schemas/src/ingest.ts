import type { NormalisedReading, RejectedMessage } from "./generated/types.ts";

/** One publish of one device, as it came off the wire. `device` is from the certificate, never from the payload. */
export interface IncomingMessage {
  device: string;
  topic: string;
  payload: Uint8Array;
  /** Unix ms UTC at which the broker read the message. */
  received: number;
  /** Over HTTP: the input extension that the sender names, and the body's type. */
  input?: string;
  contentType?: string;
  /** A broker's copy of what it was sent some time ago: `received` tells nothing of when that was measured. */
  retained?: boolean;
}

/** What became of one message. Empty lists: the topic carries no readings (status, info). */
export interface IngestResult {
  accepted: readonly NormalisedReading[];
  rejected: readonly RejectedMessage[];
}

/**
 * Where a broker hands each message *before* it answers with PUBACK.
 *
 * - `take` resolves only when the log holds every accepted reading and every rejection. A PUBACK may follow.
 * - `take` never fails because of content: bad content is a rejection. It fails only when the log could not be written,
 *   and then no PUBACK may go out, so that the device sends again.
 * - Results of one device come back in the order in which its messages went in.
 * - `ready` is false while the log is away: the broker then says so in its health, and keeps PUBACKs back.
 */
export interface Ingest {
  take(message: IncomingMessage): Promise<IngestResult>;
  readonly ready: boolean;
}
