// Generated from the files in schemas/ by `npm run generate`. Do not edit.

/**
 * `{device}`, or `{device}.{m}` for a meter behind a device.
 */
export type MeterId = string;
/**
 * RFC 3339 with offset, a date (midnight in `tz`), or epoch milliseconds.
 */
export type Instant = string;
/**
 * 15m and 1h are fixed lengths, the others calendar units in `tz`.
 */
export type BucketLength = "15m" | "1h" | "day" | "week" | "month" | "year";
/**
 * RFC 3339 with the offset of `tz` at that instant; milliseconds only when there are any.
 */
export type Time = string;
/**
 * Unix milliseconds, UTC.
 */
export type EpochMs = number;
/**
 * The IANA time zone that was used.
 */
export type ZoneName = string;
/**
 * What to know about a reading; empty when nothing. `server-time`: the device sent no time, so that it is the arrival's. `suspect`: implausible in sequence, kept out of energy until confirmed.
 */
export type ReadingQuality = ("server-time" | "suspect")[];
/**
 * `measured`: readings in every quarter hour. `partial`: quarter hours without readings, or energy that is not allocated in time. `none`: no readings.
 */
export type BucketQuality = "measured" | "partial" | "none";
/**
 * IANA time zone; `tz` below the meter without the parameter.
 */
export type MeterZone = string;
/**
 * `private`: only tokens. `aggregate`: counts in public groups, never alone. `open`: public at every resolution, live too.
 */
export type Visibility = "private" | "aggregate" | "open";
/**
 * What the connection can carry, W; null when unknown.
 */
export type ConnectionLimit = number | null;
/**
 * `read`: what `meters` and `finest` allow. `write`: changes tariffs, prices and settings of these meters; by itself it reads no values. `admin`: everything. `ingest`: only to hand in readings of `device`.
 */
export type Scope = "read" | "write" | "admin" | "ingest";
/**
 * The finest resolution that a token may read. `raw`: also newest values, live streams, single readings and gaps. Another one: a bucket is told when it is over; until then it is null.
 */
export type Finest = "raw" | "15m" | "1h" | "day" | "month";
export type TokenId = string;
/**
 * The meters that it may read; null for all.
 *
 * @maxItems 1000
 */
export type TokenMeters = MeterId[] | null;
/**
 * The device whose readings a token of the scope `ingest` hands in; else null.
 */
export type TokenDevice = string | null;
/**
 * What people call it.
 */
export type TokenName = string;
/**
 * @minItems 1
 */
export type Scopes = Scope[];
/**
 * Without them `read`.
 *
 * @minItems 1
 */
export type Scopes1 = Scope[];
/**
 * The finest resolution that a token may read. `raw`: also newest values, live streams, single readings and gaps. Another one: a bucket is told when it is over; until then it is null.
 */
export type Finest1 = "raw" | "15m" | "1h" | "day" | "month";
export type GroupIdText = string;
export type GroupKind = "community" | "municipality" | "building" | "other";
/**
 * `private`: only for those who may read all members. `public`: see the group's energy.
 */
export type GroupVisibility = "private" | "public";
/**
 * Under which published sums may be used again; null when nothing was said.
 */
export type Licence = "CC-BY-4.0" | null;
/**
 * As of meters; `suppressed`: the sum would tell too much of one member.
 */
export type GroupQuality = "measured" | "partial" | "none" | "suppressed";
/**
 * Exact to the Wh, at most three decimals; null when unknown.
 */
export type SignedKwhOrNull = number | null;
/**
 * Exact to the Wh, at most three decimals; null when unknown.
 */
export type KwhOrNull = number | null;
/**
 * Share of the quarter hours begun so far in which there is a reading; three decimals, and 1 only when none is missing.
 */
export type Coverage = number;
export type GroupLiveEvent = BalanceEvent | HeartbeatEvent;
export type LiveEvent = ReadingEvent | HeartbeatEvent;
/**
 * Exact to the Wh, at most three decimals.
 */
export type Kwh = number;
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
export type CostId = string;
/**
 * Exact decimal, at least two places, never rounded. Round to cents once, half up, on the sum that you show.
 */
export type Money = string;
/**
 * As Money; null when nothing of it is known.
 */
export type MoneyOrNull = string | null;
/**
 * ISO 4217.
 */
export type Currency = string;
/**
 * ISO 4217; null when no contract covers the range.
 */
export type CurrencyOrNull = string | null;
/**
 * Length of a price's slot.
 */
export type PriceSlotLength = "15m" | "1h";

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
export interface Label {
  de: string;
  en: string;
}
/**
 * `first` and `last` are the times of its oldest and newest reading.
 */
export interface Meter {
  id: MeterId;
  /**
   * The device that speaks for it.
   */
  device: string;
  /**
   * Its id when nobody gave it one.
   */
  name: string;
  time_zone: MeterZone;
  visibility: Visibility;
  connection_limit_w: ConnectionLimit;
  /**
   * When the meter behind the device was replaced, oldest first: no energy difference is taken across.
   */
  swaps: Swap[];
  /**
   * End of its device's certificate; null where the process does not know.
   */
  certificate_expires: Time | null;
  /**
   * No household is behind it.
   */
  simulated: boolean;
  first: Time;
  last: Time;
  /**
   * Seconds since the newest reading.
   */
  age_s: number;
}
export interface Swap {
  at: Time;
}
export interface MeterDeletion {
  id: MeterId;
  deleted_at: Time;
  store: "done";
  /**
   * The retained message of `live/v1/{meter}`. `done`: gone. `told`: the brokers were told and take it away within seconds. `kept`: no broker could be told; it goes with the broker's next start.
   */
  live: "done" | "told" | "kept";
  log_until: Time | null;
  backups_until: Time | null;
}
export interface NewSwap {
  at: Instant;
}
/**
 * What is left out stays as it is; null goes back to the default.
 */
export interface MeterSettings {
  name?: string | null;
  time_zone?: MeterZone | null;
  visibility?: Visibility;
  connection_limit_w?: ConnectionLimit;
}
export interface Token {
  id: TokenId;
  name: TokenName;
  scopes: Scopes;
  meters: TokenMeters;
  finest: Finest;
  device: TokenDevice;
  created: Time;
  expires: Time;
  /**
   * The day, in the platform's zone, up to an hour late; absent before the first use.
   */
  last_used?: string;
}
export interface TokenList {
  /**
   * @maxItems 1000
   */
  tokens: Token[];
}
export interface NewToken {
  name: TokenName;
  scopes?: Scopes1;
  meters?: TokenMeters;
  finest?: Finest1;
  device?: TokenDevice;
  expires_in_days?: number;
}
export interface CreatedToken {
  id: TokenId;
  name: TokenName;
  scopes: Scopes;
  meters: TokenMeters;
  finest: Finest;
  device: TokenDevice;
  created: Time;
  expires: Time;
  /**
   * The secret, shown this once.
   */
  token: string;
}
export interface GroupBody {
  name: string;
  kind: GroupKind;
  visibility: GroupVisibility;
  /**
   * @maxItems 1000
   */
  meters: MeterId[];
  licence: Licence;
}
export interface Group {
  id: GroupIdText;
  name: string;
  kind: GroupKind;
  visibility: GroupVisibility;
  licence: Licence;
  /**
   * How many meters are in it.
   */
  members: number;
  /**
   * Those members that the caller may see by themselves.
   */
  meters: MeterId[];
  created: Time;
  updated: Time;
}
export interface GroupList {
  groups: Group[];
}
/**
 * `balance_kwh` = import − export (published: of the hours that tell both). `shared_kwh`: what members could use of each other's, Σ min(import, export) over the quarter hours; over the hour where a member's energy is known no finer (published: hours), for up to 20 members who are heard of in fewer than half of the quarter hours. What passed in gaps of more than 75 minutes, or across the bounds of the bucket, is in none.
 */
export interface GroupEnergyBucket {
  start: Time;
  end: Time;
  import_kwh: KwhOrNull;
  export_kwh: KwhOrNull;
  balance_kwh: SignedKwhOrNull;
  shared_kwh: KwhOrNull;
  coverage: Coverage;
  quality: GroupQuality;
  /**
   * How many meters count.
   */
  members: number;
  /**
   * How many of them had readings; published: the least of the hours.
   */
  reporting: number;
}
export interface GroupEnergySeries {
  group: GroupIdText;
  from: Time;
  to: Time;
  tz: ZoneName;
  resolution: BucketLength;
  unit: "kWh";
  licence: Licence;
  total: GroupEnergyBucket;
  /**
   * @maxItems 20000
   */
  buckets: GroupEnergyBucket[];
}
export interface GroupPowerBucket {
  start: Time;
  end: Time;
  /**
   * Sum of the members' mean net power.
   */
  avg_w: number | null;
  coverage: Coverage;
  members: number;
  reporting: number;
}
export interface GroupPowerSeries {
  group: GroupIdText;
  from: Time;
  to: Time;
  tz: ZoneName;
  resolution: BucketLength;
  unit: "W";
  licence: Licence;
  /**
   * @maxItems 20000
   */
  buckets: GroupPowerBucket[];
}
/**
 * `consumption_w` is the sum of what members take from the grid, `production_w` of what they give; `net_w` is the difference. `t` is the newest reading's time, null when nobody spoke.
 */
export interface GroupBalance {
  group: GroupIdText;
  t: number | null;
  time: Time | null;
  age_s: number | null;
  tz: ZoneName;
  consumption_w: number;
  production_w: number;
  net_w: number;
  members: number;
  reporting: number;
}
export interface BalanceEvent {
  event: "balance";
  /**
   * The balance's `t`, or while that is null, when it was sent.
   */
  id: string;
  data: GroupBalance;
}
export interface HeartbeatEvent {
  event: "heartbeat";
  data: Heartbeat;
}
/**
 * The stream is alive, also when the meter is silent.
 */
export interface Heartbeat {
  t: EpochMs;
  time: Time;
}
/**
 * A caller without a token is anonymous: it may read what is public.
 */
export interface Session {
  anonymous: boolean;
  name: string;
  scopes: Scope[];
  meters: TokenMeters;
  finest: Finest;
  device: TokenDevice;
  expires: Time | null;
}
export interface MeterList {
  tz: ZoneName;
  meters: Meter[];
}
export interface LatestValue {
  value: number;
  /**
   * The register table's; null for a register that the table does not know.
   */
  unit: string | null;
  /**
   * Friendly name; the code itself for a register that the table does not know.
   */
  name: string;
  label: Label;
  t: EpochMs;
}
export interface Latest {
  meter: MeterId;
  device: string;
  t: EpochMs;
  time: Time;
  /**
   * Seconds since the newest reading.
   */
  age_s: number;
  tz: ZoneName;
  /**
   * Net power, import positive; null when no reading of the last minute before `time` carries it.
   */
  power_w: number | null;
  quality: ReadingQuality;
  /**
   * By OBIS code; the known ones first, in the register table's order.
   */
  registers: {
    [k: string]: LatestValue;
  };
}
export interface ReadingEvent {
  event: "reading";
  /**
   * The reading's `t`.
   */
  id: string;
  data: Latest;
}
/**
 * The unallocated numbers are the part of import_kwh and export_kwh that passed in gaps inside this bucket.
 */
export interface EnergyBucket {
  start: Time;
  end: Time;
  import_kwh: KwhOrNull;
  export_kwh: KwhOrNull;
  coverage: Coverage;
  import_unallocated_kwh: Kwh;
  export_unallocated_kwh: Kwh;
  quality: BucketQuality;
  readings: number;
}
/**
 * `total` is the whole range as one bucket; it includes gaps across its buckets.
 */
export interface EnergySeries {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  resolution: BucketLength;
  unit: "kWh";
  total: EnergyBucket;
  /**
   * @maxItems 20000
   */
  buckets: EnergyBucket[];
}
export interface PowerBucket {
  start: Time;
  end: Time;
  /**
   * Mean of the readings.
   */
  avg_w: number | null;
  min_w: number | null;
  max_w: number | null;
  coverage: Coverage;
  readings: number;
}
export interface PowerSeries {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  resolution: BucketLength;
  unit: "W";
  /**
   * @maxItems 20000
   */
  buckets: PowerBucket[];
}
/**
 * Measured at `t`, the same as `time`; the platform got it at `received`, or found it to be suspect no longer.
 */
export interface RawReading {
  t: EpochMs;
  time: Time;
  received: Time;
  /**
   * Sequence number of the device's journal.
   */
  s?: number;
  /**
   * Net power of this reading; null when it carries none.
   */
  power_w: number | null;
  quality: ReadingQuality;
  /**
   * OBIS code to value, in the register table's unit.
   */
  registers: {
    [k: string]: number;
  };
  /**
   * Units of the registers that the table does not know, as the device named them.
   */
  units?: {
    [k: string]: string;
  };
}
export interface ReadingPage {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  /**
   * The next page's cursor; null on the last one.
   */
  next: string | null;
  /**
   * @maxItems 10000
   */
  readings: RawReading[];
}
/**
 * From the last reading before (`start`) to the first one after (`end`).
 */
export interface Gap {
  start: Time;
  end: Time;
  /**
   * `meter-swap`: the meter was exchanged in it. `lost`: the device's sequence numbers say that it made readings which never
   * arrived. `no-readings`: none of the two is known.
   *
   */
  reason: "no-readings" | "lost" | "meter-swap";
  import_unallocated_kwh: KwhOrNull;
  export_unallocated_kwh: KwhOrNull;
}
export interface GapList {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  unit: "kWh";
  gaps: Gap[];
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
export interface TariffList {
  tariffs: Tariff[];
}
export interface TariffChanges {
  /**
   * @minItems 1
   * @maxItems 20
   */
  tariffs: Tariff[];
}
/**
 * A contract that counts in the range.
 */
export interface UsedTariff {
  id: CostId;
  name: string;
  valid_from: string;
  valid_to: string | null;
}
/**
 * What one component (and its zone) or one base fee amounts to, VAT included. The parts of a bucket add up to its sums; import, export, base, then by name and zone.
 */
export interface CostPart {
  name: string;
  /**
   * Of a time-of-use component.
   */
  zone?: string;
  direction: "import" | "export" | "base";
  kwh: KwhOrNull;
  amount: Money;
}
/**
 * `total` = import_cost + base_fee − export_credit. `estimated_kwh` and `unpriced_kwh` are of import and export together.
 */
export interface CostBucket {
  start: Time;
  end: Time;
  import_kwh: KwhOrNull;
  export_kwh: KwhOrNull;
  import_cost: MoneyOrNull;
  export_credit: MoneyOrNull;
  base_fee: MoneyOrNull;
  total: MoneyOrNull;
  estimated_kwh: Kwh;
  unpriced_kwh: Kwh;
  coverage: Coverage;
  parts: CostPart[];
}
export interface CostSeries {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  resolution: BucketLength;
  currency: CurrencyOrNull;
  /**
   * In order of time.
   */
  tariffs: UsedTariff[];
  total: CostBucket;
  /**
   * @maxItems 10000
   */
  buckets: CostBucket[];
}
export interface CostPreview {
  tariff: Tariff;
  from: Instant;
  to: Instant;
  resolution?: BucketLength;
  tz?: ZoneName;
}
export interface MeterPriceSlot {
  start: Time;
  end: Time;
  import_price: MoneyOrNull;
  export_price: MoneyOrNull;
  /**
   * The contract's id.
   */
  tariff: string | null;
  /**
   * Names of the time-of-use zones that apply.
   */
  zones: string[];
}
/**
 * Prices are per kWh.
 */
export interface MeterPrices {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  currency: CurrencyOrNull;
  /**
   * @maxItems 10000
   */
  slots: MeterPriceSlot[];
}
/**
 * `first` is the start of its first price, `last` the end of its last one.
 */
export interface PriceSeries {
  id: CostId;
  name: string;
  currency: Currency;
  unit: "kWh";
  slot: PriceSlotLength;
  first: Time;
  last: Time;
}
export interface PriceSeriesList {
  tz: ZoneName;
  series: PriceSeries[];
}
export interface PriceSlot {
  start: Time;
  end: Time;
  price: Money;
}
export interface PriceSlots {
  series: CostId;
  currency: Currency;
  unit: "kWh";
  from: Time;
  to: Time;
  tz: ZoneName;
  /**
   * @maxItems 10000
   */
  slots: PriceSlot[];
}
export interface PriceUpload {
  /**
   * For people; without it the id.
   */
  name?: string;
  currency: Currency;
  slot: PriceSlotLength;
  /**
   * @minItems 1
   * @maxItems 10000
   */
  prices: UploadedPrice[];
}
export interface UploadedPrice {
  start: Instant;
  /**
   * Per kWh, at most 10 decimals; may be negative.
   */
  price: string;
}
export interface PriceUploadResult {
  tz: ZoneName;
  /**
   * How many prices of the call were stored.
   */
  stored: number;
  series: PriceSeries;
}
export interface PriceDeletion {
  tz: ZoneName;
  /**
   * How many quarter hours lost their price.
   */
  deleted: number;
  /**
   * What is left; null when the series is gone.
   */
  series: PriceSeries | null;
}
export interface RegisterEntry {
  /**
   * OBIS code.
   */
  code: string;
  unit: string;
  kind: "counter" | "gauge";
  name: string;
  label: Label;
}
export interface RegisterList {
  registers: RegisterEntry[];
}
export interface RejectedEntry {
  device: string;
  topic: string;
  /**
   * The kind of fault, as in rejected.schema.json.
   */
  code: string;
  /**
   * What is wrong and how to mend it.
   */
  detail: string;
  received: Time;
  /**
   * Which reading of a batch; absent when the whole message was rejected.
   */
  index?: number;
  /**
   * The message's original bytes, base64.
   */
  payload: string;
}
export interface ExtensionList {
  extensions: Extension[];
}
export interface Extension {
  name: string;
  kind: "input" | "processor" | "output";
  version: string;
  /**
   * Version of the interface that it is written for.
   */
  interface: number;
  description?: string;
  /**
   * It comes with the platform.
   */
  shipped: boolean;
  /**
   * What it may do; it cannot do anything else.
   */
  rights: {
    /**
     * The finest detail that it may ask of the store.
     */
    read?: "raw" | "15m" | "1h" | "day" | "month";
    /**
     * It may emit readings of virtual meters.
     */
    emit?: boolean;
    /**
     * It may emit events.
     */
    events?: boolean;
    /**
     * It may open connections.
     */
    network?: boolean;
  };
  /**
   * The meters to which the operator confines it; null - all.
   */
  meters: MeterId[] | null;
  /**
   * idle: no process runs, because none is needed. restarting: it was cut and waits for its next start. closed: nothing runs it. In production a processor's figures are up to ten minutes old.
   */
  state: "idle" | "running" | "restarting" | "closed";
  calls: number;
  /**
   * Calls without a result.
   */
  failures: number;
  /**
   * How often its process was ended.
   */
  cuts: number;
  last_failure: {
    time: Time;
    reason: string;
    detail: string;
  } | null;
}
export interface EventList {
  tz: ZoneName;
  events: PlatformEvent[];
}
export interface PlatformEvent {
  /**
   * The processor that noticed it.
   */
  extension: string;
  id: string;
  type: string;
  meter: MeterId;
  time: Time;
  /**
   * One sentence.
   */
  title: string;
  /**
   * Facts for programs.
   */
  data?: {
    [k: string]: unknown;
  };
}
export interface RejectedList {
  tz: ZoneName;
  /**
   * @maxItems 500
   */
  messages: RejectedEntry[];
}
export interface ProblemKind {
  type: string;
  title: string;
  status: number;
  mend: string;
}
export interface Health {
  status: "ok";
}
export interface Readiness {
  status: "ready" | "not-ready";
  checks: {
    [k: string]: {
      ok: boolean;
      detail?: string;
    };
  };
}
