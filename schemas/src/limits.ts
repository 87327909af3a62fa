import { MINUTE_MS, QUARTER_HOUR_MS } from "./time.ts";

/** The contract's limits, each stated once. */
export const MESSAGE_BYTES_MAX: number = 16_384;
export const BATCH_READINGS_MAX: number = 500;
export const REGISTERS_MAX: number = 64;
/** A reading further ahead than this is rejected: it would shadow all that come after it. */
export const FUTURE_MS_MAX: number = 10 * MINUTE_MS;
/** 2020-01-01T00:00:00Z: nothing this platform reads is older. */
export const TIME_MIN_MS: number = 1_577_836_800_000;
/** 2^24 quarter hours since 1970, the year 2448: no table keys what is later. */
export const TIME_END_MS: number = 2 ** 24 * QUARTER_HOUR_MS;
