// Generated from the files in schemas/ by `npm run generate`. Do not edit.

import type {
  CostPreview,
  CostSeries,
  CreatedToken,
  EnergySeries,
  EventList,
  ExtensionList,
  GapList,
  Group,
  GroupBalance,
  GroupBody,
  GroupEnergySeries,
  GroupList,
  GroupPowerSeries,
  Health,
  Latest,
  Meter,
  MeterDeletion,
  MeterList,
  MeterPrices,
  MeterSettings,
  NewSwap,
  NewToken,
  PowerSeries,
  PriceDeletion,
  PriceSeriesList,
  PriceSlots,
  PriceUpload,
  PriceUploadResult,
  ProblemKind,
  Readiness,
  ReadingPage,
  RegisterList,
  RejectedList,
  Session,
  Tariff,
  TariffChanges,
  TariffList,
  TokenList,
} from "./api-types.ts";

export interface ListMetersParameters {
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetMeterParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface ChangeMeterParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
}

export interface DeleteMeterParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
}

export interface AddSwapParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
}

export interface DeleteSwapParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * The swap's time, as the meter's `swaps` have it.
   */
  at: string;
}

export interface GetLatestParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetEnergyParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * Start, inclusive; without it the start of today in `tz`.
   */
  from?: string;
  /**
   * End, exclusive; without it now.
   */
  to?: string;
  /**
   * Length of a bucket.
   */
  resolution?: "15m" | "1h" | "day" | "week" | "month" | "year";
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetPowerParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * Start, inclusive; without it the start of today in `tz`.
   */
  from?: string;
  /**
   * End, exclusive; without it now.
   */
  to?: string;
  /**
   * Length of a bucket.
   */
  resolution?: "15m" | "1h" | "day" | "week" | "month" | "year";
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface ListReadingsParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * Start, inclusive; without it one hour before `to`. In JSON at most 25 hours before `to`, so that every local day fits; a file (csv, ndjson, parquet) takes any range, without `limit` and `cursor`.
   */
  from?: string;
  /**
   * End, exclusive; without it now.
   */
  to?: string;
  /**
   * Readings per page.
   */
  limit?: number;
  /**
   * Where the page begins; from `next` of the page before. Keep the other parameters as they were.
   */
  cursor?: string;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
  /**
   * Only readings that arrived then or later, in order of arrival, whenever they were measured: for consumers that mirror data. `from` and `to` are open then.
   */
  updated_since?: string;
}

export interface ListGapsParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * Start, inclusive; without it the start of today in `tz`.
   */
  from?: string;
  /**
   * End, exclusive; without it now.
   */
  to?: string;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface ListTariffsParameters {}

export interface PutTariffsParameters {}

export interface ListTariffExamplesParameters {}

export interface GetTariffParameters {
  /**
   * The contract's id.
   */
  id: string;
}

export interface PutTariffParameters {
  /**
   * The contract's id.
   */
  id: string;
}

export interface DeleteTariffParameters {
  /**
   * The contract's id.
   */
  id: string;
}

export interface ListPriceSeriesParameters {
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetPricesParameters {
  /**
   * The price series' id.
   */
  series: string;
  /**
   * Start, inclusive; without it the start of today in `tz`.
   */
  from?: string;
  /**
   * End, exclusive; without it the end of the day after `from`'s.
   */
  to?: string;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface PutPricesParameters {
  /**
   * The price series' id.
   */
  series: string;
  /**
   * The form of the body.
   */
  source?: "smp" | "energy-charts" | "awattar" | "entsoe" | "csv";
  /**
   * The series' name for people, where the body cannot carry one.
   */
  name?: string;
  /**
   * Of a CSV; ISO 4217.
   */
  currency?: string;
  /**
   * Of a CSV; what its prices are for.
   */
  unit?: "kWh" | "MWh";
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface DeletePricesParameters {
  /**
   * The price series' id.
   */
  series: string;
  /**
   * Start, inclusive; only together with `to`.
   */
  from?: string;
  /**
   * End, exclusive; only together with `from`.
   */
  to?: string;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetCostParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * Start, inclusive; without it the start of today in `tz`.
   */
  from?: string;
  /**
   * End, exclusive; without it now.
   */
  to?: string;
  /**
   * Length of a bucket.
   */
  resolution?: "15m" | "1h" | "day" | "week" | "month" | "year";
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface PreviewCostParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
}

export interface ListMeterPricesParameters {
  /**
   * The meter's id, `{device}` or `{device}.{meter behind it}`.
   */
  id: string;
  /**
   * Start, inclusive; without it the start of today in `tz`.
   */
  from?: string;
  /**
   * End, exclusive; without it the end of the day after `from`'s.
   */
  to?: string;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface ListGroupsParameters {}

export interface GetGroupParameters {
  /**
   * The group's id.
   */
  id: string;
}

export interface PutGroupParameters {
  /**
   * The group's id.
   */
  id: string;
}

export interface DeleteGroupParameters {
  /**
   * The group's id.
   */
  id: string;
}

export interface GetGroupEnergyParameters {
  /**
   * The group's id.
   */
  id: string;
  /**
   * Start, inclusive; without it the start of today in `tz`.
   */
  from?: string;
  /**
   * End, exclusive; without it now.
   */
  to?: string;
  /**
   * Length of a bucket.
   */
  resolution?: "15m" | "1h" | "day" | "week" | "month" | "year";
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetGroupPowerParameters {
  /**
   * The group's id.
   */
  id: string;
  /**
   * Start, inclusive; without it the start of today in `tz`.
   */
  from?: string;
  /**
   * End, exclusive; without it now.
   */
  to?: string;
  /**
   * Length of a bucket.
   */
  resolution?: "15m" | "1h" | "day" | "week" | "month" | "year";
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetGroupBalanceParameters {
  /**
   * The group's id.
   */
  id: string;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetSessionParameters {}

export interface ListTokensParameters {}

export interface CreateTokenParameters {}

export interface RevokeTokenParameters {
  /**
   * The token's id.
   */
  id: string;
}

export interface ListRegistersParameters {}

export interface ListRejectedParameters {
  /**
   * Only this device's.
   */
  device?: string;
  /**
   * At most this many.
   */
  limit?: number;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface IngestParameters {
  /**
   * An input's name, or `reading`.
   */
  input: string;
}

export interface ListExtensionsParameters {}

export interface ListEventsParameters {
  /**
   * Only this meter's.
   */
  meter?: string;
  /**
   * At most this many.
   */
  limit?: number;
  /**
   * IANA time zone of dates, calendar buckets and answers; without it the platform's.
   */
  tz?: string;
}

export interface GetOpenApiParameters {}

export interface GetAsyncApiParameters {}

export interface GetProblemKindParameters {
  /**
   * Last part of a problem's `type`.
   */
  kind: string;
}

export interface GetHealthParameters {}

export interface GetReadinessParameters {}

/** Every operation that answers with JSON, by its operationId. */
export interface Operations {
  /** The meters that the caller may see. */
  listMeters: { parameters: ListMetersParameters; body: undefined; answer: MeterList };
  /** One meter. */
  getMeter: { parameters: GetMeterParameters; body: undefined; answer: Meter };
  /** Change a meter's settings. */
  changeMeter: { parameters: ChangeMeterParameters; body: MeterSettings; answer: Meter };
  /** Delete a meter and everything that was received of it. */
  deleteMeter: { parameters: DeleteMeterParameters; body: undefined; answer: MeterDeletion };
  /** Say that the meter behind the device was replaced. */
  addSwap: { parameters: AddSwapParameters; body: NewSwap; answer: Meter };
  /** Take back that the meter was replaced. */
  deleteSwap: { parameters: DeleteSwapParameters; body: undefined; answer: undefined };
  /** The newest value of each register. */
  getLatest: { parameters: GetLatestParameters; body: undefined; answer: Latest };
  /** Energy per bucket, and in total. */
  getEnergy: { parameters: GetEnergyParameters; body: undefined; answer: EnergySeries };
  /** Net power per bucket. */
  getPower: { parameters: GetPowerParameters; body: undefined; answer: PowerSeries };
  /** Readings as they came, oldest first, in pages or as a file of any length. */
  listReadings: { parameters: ListReadingsParameters; body: undefined; answer: ReadingPage };
  /** Stretches without readings, and the energy that passed in them. */
  listGaps: { parameters: ListGapsParameters; body: undefined; answer: GapList };
  /** The contracts. */
  listTariffs: { parameters: ListTariffsParameters; body: undefined; answer: TariffList };
  /** Make or change several contracts together, or none of them. */
  putTariffs: { parameters: PutTariffsParameters; body: TariffChanges; answer: TariffList };
  /** Example contracts to begin with, dated, with their sources. */
  listTariffExamples: { parameters: ListTariffExamplesParameters; body: undefined; answer: TariffList };
  /** One contract. */
  getTariff: { parameters: GetTariffParameters; body: undefined; answer: Tariff };
  /** Make or change a contract. */
  putTariff: { parameters: PutTariffParameters; body: Tariff; answer: Tariff };
  /** Remove a contract, as if it had never been. */
  deleteTariff: { parameters: DeleteTariffParameters; body: undefined; answer: undefined };
  /** The price series that contracts can refer to. */
  listPriceSeries: { parameters: ListPriceSeriesParameters; body: undefined; answer: PriceSeriesList };
  /** The prices of a series. */
  getPrices: { parameters: GetPricesParameters; body: undefined; answer: PriceSlots };
  /** Add or replace prices of a series; the first call makes it. */
  putPrices: { parameters: PutPricesParameters; body: PriceUpload; answer: PriceUploadResult };
  /** Delete prices of a series, or all of it. */
  deletePrices: { parameters: DeletePricesParameters; body: undefined; answer: PriceDeletion };
  /** What energy cost and earned per bucket, and in total. */
  getCost: { parameters: GetCostParameters; body: undefined; answer: CostSeries };
  /** What the meter's energy would have cost under another contract. */
  previewCost: { parameters: PreviewCostParameters; body: CostPreview; answer: CostSeries };
  /** What a kWh costs and earns at this meter, per quarter hour. */
  listMeterPrices: { parameters: ListMeterPricesParameters; body: undefined; answer: MeterPrices };
  /** The groups that the caller may see. */
  listGroups: { parameters: ListGroupsParameters; body: undefined; answer: GroupList };
  /** One group. */
  getGroup: { parameters: GetGroupParameters; body: undefined; answer: Group };
  /** Make or change a group. */
  putGroup: { parameters: PutGroupParameters; body: GroupBody; answer: Group };
  /** Remove a group; its meters stay. */
  deleteGroup: { parameters: DeleteGroupParameters; body: undefined; answer: undefined };
  /** A group's energy per bucket, and in total. */
  getGroupEnergy: { parameters: GetGroupEnergyParameters; body: undefined; answer: GroupEnergySeries };
  /** A group's mean net power per bucket. */
  getGroupPower: { parameters: GetGroupPowerParameters; body: undefined; answer: GroupPowerSeries };
  /** What flows in a group now. */
  getGroupBalance: { parameters: GetGroupBalanceParameters; body: undefined; answer: GroupBalance };
  /** Who asks, and what this caller may do. */
  getSession: { parameters: GetSessionParameters; body: undefined; answer: Session };
  /** The tokens that are valid, without their secrets. */
  listTokens: { parameters: ListTokensParameters; body: undefined; answer: TokenList };
  /** Make a token. */
  createToken: { parameters: CreateTokenParameters; body: NewToken; answer: CreatedToken };
  /** Revoke a token, effective at once; its live streams end. */
  revokeToken: { parameters: RevokeTokenParameters; body: undefined; answer: undefined };
  /** The registers that the platform knows by name. */
  listRegisters: { parameters: ListRegistersParameters; body: undefined; answer: RegisterList };
  /** The newest messages that the platform could not accept, and why. */
  listRejected: { parameters: ListRejectedParameters; body: undefined; answer: RejectedList };
  /** Readings of a device that only speaks HTTP. */
  ingest: { parameters: IngestParameters; body: unknown; answer: undefined };
  /** The extensions of this process, their rights and how they are. */
  listExtensions: { parameters: ListExtensionsParameters; body: undefined; answer: ExtensionList };
  /** What processors noticed, newest first. */
  listEvents: { parameters: ListEventsParameters; body: undefined; answer: EventList };
  /** This document. */
  getOpenApi: { parameters: GetOpenApiParameters; body: undefined; answer: unknown };
  /** The messages over MQTT and Kafka, as an AsyncAPI document. */
  getAsyncApi: { parameters: GetAsyncApiParameters; body: undefined; answer: unknown };
  /** What a problem's type means and how to mend it. */
  getProblemKind: { parameters: GetProblemKindParameters; body: undefined; answer: ProblemKind };
  /** Whether the process is alive. */
  getHealth: { parameters: GetHealthParameters; body: undefined; answer: Health };
  /** Whether everything that an answer needs is there. */
  getReadiness: { parameters: GetReadinessParameters; body: undefined; answer: Readiness };
}

export interface OperationFacts {
  method: string;
  path: string;
  query: readonly string[];
  body: boolean;
  answer: boolean;
}

export const OPERATIONS: { readonly [Name in keyof Operations]: OperationFacts } = {
  listMeters: {"method":"GET","path":"/v1/meters","query":["tz"],"body":false,"answer":true},
  getMeter: {"method":"GET","path":"/v1/meters/{id}","query":["tz"],"body":false,"answer":true},
  changeMeter: {"method":"PATCH","path":"/v1/meters/{id}","query":[],"body":true,"answer":true},
  deleteMeter: {"method":"DELETE","path":"/v1/meters/{id}","query":[],"body":false,"answer":true},
  addSwap: {"method":"POST","path":"/v1/meters/{id}/swaps","query":[],"body":true,"answer":true},
  deleteSwap: {"method":"DELETE","path":"/v1/meters/{id}/swaps/{at}","query":[],"body":false,"answer":false},
  getLatest: {"method":"GET","path":"/v1/meters/{id}/latest","query":["tz"],"body":false,"answer":true},
  getEnergy: {"method":"GET","path":"/v1/meters/{id}/energy","query":["from","to","resolution","tz"],"body":false,"answer":true},
  getPower: {"method":"GET","path":"/v1/meters/{id}/power","query":["from","to","resolution","tz"],"body":false,"answer":true},
  listReadings: {"method":"GET","path":"/v1/meters/{id}/readings","query":["from","to","limit","cursor","tz","updated_since"],"body":false,"answer":true},
  listGaps: {"method":"GET","path":"/v1/meters/{id}/gaps","query":["from","to","tz"],"body":false,"answer":true},
  listTariffs: {"method":"GET","path":"/v1/tariffs","query":[],"body":false,"answer":true},
  putTariffs: {"method":"PUT","path":"/v1/tariffs","query":[],"body":true,"answer":true},
  listTariffExamples: {"method":"GET","path":"/v1/tariffs/examples","query":[],"body":false,"answer":true},
  getTariff: {"method":"GET","path":"/v1/tariffs/{id}","query":[],"body":false,"answer":true},
  putTariff: {"method":"PUT","path":"/v1/tariffs/{id}","query":[],"body":true,"answer":true},
  deleteTariff: {"method":"DELETE","path":"/v1/tariffs/{id}","query":[],"body":false,"answer":false},
  listPriceSeries: {"method":"GET","path":"/v1/prices","query":["tz"],"body":false,"answer":true},
  getPrices: {"method":"GET","path":"/v1/prices/{series}","query":["from","to","tz"],"body":false,"answer":true},
  putPrices: {"method":"PUT","path":"/v1/prices/{series}","query":["source","name","currency","unit","tz"],"body":true,"answer":true},
  deletePrices: {"method":"DELETE","path":"/v1/prices/{series}","query":["from","to","tz"],"body":false,"answer":true},
  getCost: {"method":"GET","path":"/v1/meters/{id}/cost","query":["from","to","resolution","tz"],"body":false,"answer":true},
  previewCost: {"method":"POST","path":"/v1/meters/{id}/cost/preview","query":[],"body":true,"answer":true},
  listMeterPrices: {"method":"GET","path":"/v1/meters/{id}/prices","query":["from","to","tz"],"body":false,"answer":true},
  listGroups: {"method":"GET","path":"/v1/groups","query":[],"body":false,"answer":true},
  getGroup: {"method":"GET","path":"/v1/groups/{id}","query":[],"body":false,"answer":true},
  putGroup: {"method":"PUT","path":"/v1/groups/{id}","query":[],"body":true,"answer":true},
  deleteGroup: {"method":"DELETE","path":"/v1/groups/{id}","query":[],"body":false,"answer":false},
  getGroupEnergy: {"method":"GET","path":"/v1/groups/{id}/energy","query":["from","to","resolution","tz"],"body":false,"answer":true},
  getGroupPower: {"method":"GET","path":"/v1/groups/{id}/power","query":["from","to","resolution","tz"],"body":false,"answer":true},
  getGroupBalance: {"method":"GET","path":"/v1/groups/{id}/latest","query":["tz"],"body":false,"answer":true},
  getSession: {"method":"GET","path":"/v1/session","query":[],"body":false,"answer":true},
  listTokens: {"method":"GET","path":"/v1/tokens","query":[],"body":false,"answer":true},
  createToken: {"method":"POST","path":"/v1/tokens","query":[],"body":true,"answer":true},
  revokeToken: {"method":"DELETE","path":"/v1/tokens/{id}","query":[],"body":false,"answer":false},
  listRegisters: {"method":"GET","path":"/v1/registers","query":[],"body":false,"answer":true},
  listRejected: {"method":"GET","path":"/v1/rejected","query":["device","limit","tz"],"body":false,"answer":true},
  ingest: {"method":"POST","path":"/v1/ingest/{input}","query":[],"body":true,"answer":false},
  listExtensions: {"method":"GET","path":"/v1/extensions","query":[],"body":false,"answer":true},
  listEvents: {"method":"GET","path":"/v1/events","query":["meter","limit","tz"],"body":false,"answer":true},
  getOpenApi: {"method":"GET","path":"/openapi.json","query":[],"body":false,"answer":true},
  getAsyncApi: {"method":"GET","path":"/asyncapi.json","query":[],"body":false,"answer":true},
  getProblemKind: {"method":"GET","path":"/problems/{kind}","query":[],"body":false,"answer":true},
  getHealth: {"method":"GET","path":"/healthz","query":[],"body":false,"answer":true},
  getReadiness: {"method":"GET","path":"/readyz","query":[],"body":false,"answer":true},
};
