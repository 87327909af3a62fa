// Generated from the files in schemas/ by `npm run generate`. Do not edit.

/**
 * One part of a price per kWh, before VAT. The components of a direction add up.
 */
export type PriceComponent = FixedPrice | TimeOfUsePrice | DynamicPrice;
/**
 * Per kWh before VAT, at most 8 decimals.
 */
export type TariffPrice = string;
export type TariffDay = "mo" | "tu" | "we" | "th" | "fr" | "sa" | "su" | "holiday";
/**
 * Per kWh before VAT, at most 8 decimals.
 */
export type TariffPrice1 = string;
/**
 * Payload of sm/v1/{device}/reading: one reading, or a batch of 1 to 500, oldest first. CBOR (first byte 0x80-0xBF) or JSON (first byte { or [), the same data model.
 */
export type ReadingMessage = Reading | Reading[];
/**
 * empty-payload, too-large: the message's size. unknown-encoding: neither CBOR map/array nor JSON. invalid-cbor, invalid-json: does not parse. cbor-tag: a tag, which the contract forbids. schema: right encoding, wrong content. time-future: more than 10 minutes ahead. time-past: before 2020. impossible-value: outside what the quantity can be. no-input: no input extension is set for the device. input-fault: the input does not understand the payload. input-failed: the input threw, took too long or was cut.
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
  | "impossible-value"
  | "no-input"
  | "input-fault"
  | "input-failed";

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
 * The same at every time.
 */
export interface FixedPrice {
  name: string;
  kind: "fixed";
  price: TariffPrice;
  /**
   * Whether VAT is put on it; import: true, export: false.
   */
  vat?: boolean;
}
/**
 * By the clock of the meter's time zone. The first zone that fits gives the price, else `otherwise`.
 */
export interface TimeOfUsePrice {
  name: string;
  kind: "time-of-use";
  /**
   * @minItems 1
   * @maxItems 50
   */
  zones: TimeZonePrice[];
  otherwise: OtherwisePrice;
  /**
   * Whether VAT is put on it; import: true, export: false.
   */
  vat?: boolean;
}
/**
 * A window of the day. What is left out does not restrict. From 22:00 to 06:00 crosses midnight: the whole window belongs to the day on which it begins.
 */
export interface TimeZonePrice {
  name: string;
  price: TariffPrice;
  /**
   * Days of the week. A date in the contract's `holidays` counts as `holiday` only, not as its day of the week.
   *
   * @minItems 1
   */
  days?: TariffDay[];
  /**
   * 1 is January.
   *
   * @minItems 1
   */
  months?: number[];
  /**
   * Full quarter hour of the clock, inclusive; without it 00:00.
   */
  from?: string;
  /**
   * Full quarter hour of the clock, exclusive; without it 24:00.
   */
  to?: string;
}
export interface OtherwisePrice {
  name: string;
  price: TariffPrice;
}
/**
 * series price × `factor` + `markup`, then kept within `minimum` and `maximum`. Negative prices stay negative unless `minimum` forbids them.
 */
export interface DynamicPrice {
  name: string;
  kind: "dynamic";
  /**
   * Id of the price series, see /v1/prices.
   */
  series: string;
  /**
   * 1h: the mean of the series' four quarter hours in each full hour of the meter's clock counts, as in contracts by the hour. Without it the series' own slots.
   */
  slot?: "15m" | "1h";
  /**
   * At most 6 decimals; without it 1.
   */
  factor?: string;
  markup?: TariffPrice1;
  minimum?: TariffPrice;
  maximum?: TariffPrice;
  /**
   * Whether VAT is put on it; import: true, export: false.
   */
  vat?: boolean;
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
   * Arrived at the platform, Unix milliseconds UTC; of a reading that was suspect and is not any more, when that was confirmed.
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
   * The message's original bytes, base64; of a reading that an input decoded those of its message, with the first one that was rejected.
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
    /**
     * What kind of fault, for a program that says it in another language: a stable word.
     */
    code?:
      | "missing"
      | "unknown"
      | "too-long"
      | "form"
      | "no-such-date"
      | "not-after"
      | "same-time"
      | "above-maximum"
      | "overlap"
      | "future";
    detail: string;
  }[];
  [k: string]: unknown;
}
/**
 * A contract with dates: what energy costs from one local midnight to another. Money and prices are decimal texts, exact.
 */
export interface Tariff {
  id: string;
  name: string;
  description?: string;
  /**
   * Name, description and the names of fees, components and zones in other languages, by ISO 639-1 code, for a program that speaks one of them.
   */
  texts?: {
    [k: string]: {
      name: string;
      description?: string;
      /**
       * By the name as it stands in the contract.
       */
      names?: {
        [k: string]: string;
      };
    };
  };
  /**
   * Where its prices come from, and when.
   */
  source?: string;
  /**
   * The meters that it is for. null: every meter, on days on which it has no contract of its own.
   */
  meters: string[] | null;
  /**
   * First day; it begins at midnight in the meter's time zone.
   */
  valid_from: string;
  /**
   * The day after the last one; null: until further notice.
   */
  valid_to: string | null;
  /**
   * ISO 4217.
   */
  currency: string;
  /**
   * Value added tax on top of the prices, at most 2 decimals; "0" when the prices have it already.
   */
  vat_percent: string;
  /**
   * Dates that count as `holiday` in time-of-use zones.
   *
   * @maxItems 500
   */
  holidays?: string[];
  /**
   * Fees that do not depend on energy, before VAT. Each accrues evenly over the quarter hours of its local month, year or day.
   *
   * @maxItems 20
   */
  base_fees: BaseFee[];
  /**
   * What a kWh from the grid costs; the components add up.
   *
   * @maxItems 20
   */
  import: PriceComponent[];
  /**
   * What a kWh into the grid earns; the components add up. Empty: nothing.
   *
   * @maxItems 20
   */
  export: PriceComponent[];
}
export interface BaseFee {
  name: string;
  /**
   * Before VAT, at most 6 decimals; negative is a bonus.
   */
  amount: string;
  per: "day" | "month" | "year";
  /**
   * Whether VAT is put on it; without it true.
   */
  vat?: boolean;
}
