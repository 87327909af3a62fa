// Generated from the files in schemas/ by `npm run generate`. Do not edit.

/**
 * Payload of sm/v1/{device}/reading: one reading, or a batch of 1 to 500, oldest first. CBOR (first byte 0x80-0xBF) or JSON (first byte { or [), the same data model.
 */
export type ReadingMessage = Reading | [Reading, ...Reading[]];
/**
 * empty-payload, too-large: the message's size. unknown-encoding: neither CBOR map/array nor JSON. invalid-cbor, invalid-json: does not parse. cbor-tag: a tag, which the contract forbids. schema: right encoding, wrong content. time-future: more than 10 minutes ahead. time-past: before 2020. impossible-value: outside what the quantity can be.
 */
export type RejectionCode =
  | "empty-payload"
  | "too-large"
  | "unknown-encoding"
  | "invalid-cbor"
  | "cbor-tag"
  | "invalid-json"
  | "schema"
  | "time-future"
  | "time-past"
  | "impossible-value";

/**
 * One measurement of one meter: the payload of sm/v1/{device}/reading, or an element of a batch.
 */
export interface Reading {
  /**
   * Format version.
   */
  v: 1;
  /**
   * Measured at, Unix milliseconds UTC. Absent: the platform stamps the arrival time and marks the reading server-time.
   */
  t?: number;
  /**
   * Sequence number of the device's journal; makes loss provable.
   */
  s?: number;
  /**
   * Meter behind the device. The platform's meter id is then {device}.{m}.
   */
  m?: string;
  r: Registers;
  /**
   * Units of the x- registers, in the words of the IANA SenML unit registry.
   */
  u?: {
    [k: string]: string;
  };
}
/**
 * Register to number, in the unit that the register table fixes: energy as integer Wh or varh; W, V, A, Hz, m3. Keys are OBIS codes A-B:C.D.E, or x-name for anything else.
 */
export interface Registers {
  [k: string]: number;
}
/**
 * One reading as the log smp.readings.v1 and the store hold it. Key in Kafka and in the store: (meter, t).
 */
export interface NormalisedReading {
  /**
   * The platform's meter id: {device} or {device}.{m}.
   */
  meter: string;
  /**
   * From the certificate.
   */
  device: string;
  /**
   * Measured at, Unix milliseconds UTC.
   */
  t: number;
  /**
   * Arrived at the platform, Unix milliseconds UTC.
   */
  received: number;
  /**
   * Sequence number of the device's journal.
   */
  s?: number;
  /**
   * Register to number, in the register table's unit.
   */
  r: {
    [k: string]: number;
  };
  /**
   * Units of x- registers.
   */
  u?: {
    [k: string]: string;
  };
  /**
   * What a reader should know about this reading; absent when nothing. server-time: the device sent no time. suspect: implausible in sequence, kept out of energy until confirmed.
   */
  quality?: ("server-time" | "suspect")[];
}
/**
 * A message, or one reading of a batch, that the platform acknowledged but could not accept. Value of smp.rejected.v1; key: device.
 */
export interface RejectedMessage {
  device: string;
  topic: string;
  code: RejectionCode;
  /**
   * A sentence: what is wrong, where, and how to mend it.
   */
  detail: string;
  /**
   * Unix milliseconds UTC.
   */
  received: number;
  /**
   * Which reading of a batch; absent when the whole message was rejected.
   */
  index?: number;
  /**
   * The message's original bytes, base64.
   */
  payload: string;
}
/**
 * RFC 9457 problem details: every HTTP error, and the payload of sm/v1/{device}/error.
 */
export interface Problem {
  /**
   * A stable address of this kind of problem.
   */
  type: string;
  title: string;
  status?: number;
  /**
   * What is wrong here and how to mend it.
   */
  detail?: string;
  instance?: string;
  /**
   * On the error topic: the rejection code.
   */
  code?: string;
  /**
   * @maxItems 100
   */
  errors?: {
    /**
     * JSON pointer into the body.
     */
    pointer?: string;
    /**
     * Name of the query or path parameter.
     */
    parameter?: string;
    detail: string;
  }[];
  [k: string]: unknown;
}
