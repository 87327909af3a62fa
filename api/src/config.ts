import { isIP } from "node:net";
import { Checked, isTimeZone, MINUTE_MS } from "@smp/schemas";
import type { PriceFetchConfig } from "./prices/fetch.ts";
import { PRICE_SOURCES } from "./prices/formats.ts";
import { SERIES_ID } from "./prices/series.ts";

export interface ApiConfig {
  host: string;
  port: number;
  /** IANA zone of answers whose request names none. */
  timeZone: string;
  /** Folder of the built web app; it may be missing. */
  appDir?: string;
  /** Addresses of reverse proxies whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[];
  /** How long copies of a deleted meter remain: in the log, in backups; undefined: there is none, or it is not known. */
  logRetentionDays?: number;
  backupRetentionDays?: number;
  limits: ApiLimits;
  /** Where day-ahead prices are fetched from; without it nowhere. */
  prices?: PriceFetchConfig;
}

/** Every limit of the HTTP side, each stated once. */
export interface ApiLimits {
  /** Of a token; 0 means no limit, not of an address either. */
  requestsPerMinute: number;
  /** Of an address without a token. */
  anonymousPerMinute: number;
  /** Queries that run in the store at once, that wait for it, how long they wait, and how long one may take. */
  queriesMax: number;
  queriesWaitingMax: number;
  queryWaitMs: number;
  queryMs: number;
  /** Connections in all, live streams among them. */
  connectionsMax: number;
  /** Live streams in all, and per token or address without one. */
  listenersMax: number;
  listenersPerAddressMax: number;
  heartbeatMs: number;
  /** How often the store is asked for newer readings while somebody listens. */
  livePollMs: number;
}

/** Connections besides live streams. */
const CONNECTIONS_MAX = 1_000;

export const DEFAULT_LIMITS: ApiLimits = {
  requestsPerMinute: 600,
  anonymousPerMinute: 120,
  queriesMax: 8,
  queriesWaitingMax: 256,
  queryWaitMs: 2_000,
  queryMs: 5_000,
  connectionsMax: CONNECTIONS_MAX + 1_000,
  listenersMax: 1_000,
  listenersPerAddressMax: 10,
  heartbeatMs: 15_000,
  livePollMs: 1_000,
};

/** Reads the API's settings; every fault is reported with its variable's name. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ApiConfig {
  const checked = new Checked(env);
  const integer = (name: string, min: number, max: number, fallback: number): number =>
    checked.integer(name, { min, max, fallback });
  const appDir = checked.optionalText("SMP_APP_DIR");
  const listenersMax = integer("SMP_HTTP_LISTENERS", 0, 10_000, DEFAULT_LIMITS.listenersMax);
  const config: ApiConfig = {
    host: checked.text("SMP_HTTP_HOST", { fallback: "127.0.0.1" }),
    port: integer("SMP_HTTP_PORT", 0, 65_535, 8080),
    timeZone: checked.text("SMP_TIME_ZONE", {
      fallback: "Europe/Vienna",
      pattern: { test: isTimeZone },
      form: "an IANA time zone such as Europe/Vienna",
    }),
    ...(appDir === undefined ? {} : { appDir }),
    ...retention(checked, "logRetentionDays", "SMP_LOG_RETENTION_DAYS"),
    ...retention(checked, "backupRetentionDays", "SMP_BACKUP_RETENTION_DAYS"),
    trustedProxies: trustedProxies(checked),
    ...priceFetch(checked),
    limits: {
      ...DEFAULT_LIMITS,
      requestsPerMinute: integer(
        "SMP_HTTP_REQUESTS_PER_MINUTE",
        0,
        1_000_000,
        DEFAULT_LIMITS.requestsPerMinute,
      ),
      anonymousPerMinute: integer(
        "SMP_HTTP_ANONYMOUS_PER_MINUTE",
        1,
        1_000_000,
        DEFAULT_LIMITS.anonymousPerMinute,
      ),
      queriesMax: integer("SMP_HTTP_QUERIES", 1, 64, DEFAULT_LIMITS.queriesMax),
      queryMs: integer("SMP_HTTP_QUERY_MS", 100, 60_000, DEFAULT_LIMITS.queryMs),
      listenersMax,
      connectionsMax: CONNECTIONS_MAX + listenersMax,
      listenersPerAddressMax: integer(
        "SMP_HTTP_LISTENERS_PER_ADDRESS",
        0,
        10_000,
        DEFAULT_LIMITS.listenersPerAddressMax,
      ),
      heartbeatMs: integer("SMP_HTTP_HEARTBEAT_MS", 10, 60_000, DEFAULT_LIMITS.heartbeatMs),
    },
  };
  checked.throwIfFaulty();
  return config;
}

/** A network or a name would never be the address of a socket: all of the proxy's clients would then count as one. */
function trustedProxies(checked: Checked): string[] {
  const name = "SMP_HTTP_TRUSTED_PROXIES";
  const addresses = (checked.optionalText(name) ?? "").split(",").flatMap((part) => part.trim() || []);
  const wrong = addresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined)
    checked.fault(
      name,
      `has "${wrong}", but must be IP addresses with commas between them, without networks or names`,
    );
  return addresses;
}

/** SMP_PRICES_URL turns the fetching of prices on. */
function priceFetch(checked: Checked): Pick<ApiConfig, "prices"> {
  const url = checked.optionalText("SMP_PRICES_URL");
  if (url === undefined) return {};
  const everyMinutes = checked.integer("SMP_PRICES_EVERY_MINUTES", { min: 10, max: 1_440, fallback: 60 });
  return {
    prices: {
      url: checked.text("SMP_PRICES_URL", { pattern: /^https?:\/\/\S+$/, form: "an HTTP address" }),
      source: checked.oneOf("SMP_PRICES_FORMAT", PRICE_SOURCES, "energy-charts"),
      series: checked.text("SMP_PRICES_SERIES", {
        fallback: "day-ahead",
        pattern: SERIES_ID,
        form: "of a-z, 0-9 and -",
      }),
      everyMs: everyMinutes * MINUTE_MS,
    },
  };
}

/** A number of days that may be unsaid. */
function retention(
  checked: Checked,
  key: "logRetentionDays" | "backupRetentionDays",
  name: string,
): Pick<ApiConfig, "logRetentionDays" | "backupRetentionDays"> {
  const days = checked.integer(name, { min: 0, max: 36_500, fallback: 0 });
  return days === 0 ? {} : { [key]: days };
}
