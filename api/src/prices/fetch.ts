import { DAY_MS, PlatformError } from "@smp/schemas";
import type { Store } from "@smp/store";
import type { Logger } from "pino";
import { PRICE_FORMATS, type PriceSource } from "./formats.ts";
import { PriceWriter } from "./writer.ts";

/** A source of prices that is asked again and again. */
export interface PriceFetchConfig {
  /**
   * Address with placeholders: `{from}` and `{to}` become dates UTC (2026-03-29), `{from_ms}` and `{to_ms}` Unix
   * milliseconds, `{from_entsoe}` and `{to_entsoe}` the form yyyyMMddHHmm.
   */
  url: string;
  source: PriceSource;
  series: string;
  everyMs: number;
}

interface FetchPorts {
  store: Store;
  logger: Logger;
  now?: () => number;
}

const TIMEOUT_MS = 20_000;
const ANSWER_BYTES_MAX = 1_048_576;
/** After a failure: 1, 2, 4 … minutes, but never longer than the usual time. */
const RETRY_MS = 60_000;

/**
 * Asks a source for the prices of yesterday to the day after tomorrow, at once and then every `everyMs`; a failure is
 * logged without the address's query, which may hold a key, and tried again sooner. close() ends it.
 */
export function startPriceFetch(config: PriceFetchConfig, ports: FetchPorts): { close(): Promise<void> } {
  const closing = new AbortController();
  const now = ports.now ?? Date.now;
  const writer = new PriceWriter(ports.store, now);
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let running: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    try {
      const stored = await fetchPrices(config, writer, now(), closing.signal);
      failures = 0;
      ports.logger.info({ series: config.series, stored }, "prices fetched");
    } catch (error) {
      if (closing.signal.aborted) return;
      failures++;
      ports.logger.warn(
        { series: config.series, failures, reason: (error as Error).message },
        "prices not fetched",
      );
    }
    const waitMs = failures === 0 ? config.everyMs : Math.min(config.everyMs, RETRY_MS * 2 ** (failures - 1));
    if (!closing.signal.aborted) timer = setTimeout(() => void (running = round()), waitMs).unref();
  };
  running = round();
  return {
    async close() {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

/** Asks once; resolves with the number of prices stored. */
export async function fetchPrices(
  config: PriceFetchConfig,
  writer: PriceWriter,
  nowMs: number,
  signal?: AbortSignal,
): Promise<number> {
  const from = Math.floor(nowMs / DAY_MS) * DAY_MS - DAY_MS;
  const to = from + 4 * DAY_MS;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(addressOf(config.url, from, to), {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    redirect: "error",
  });
  const text = await limitedText(response);
  if (!response.ok)
    throw new PlatformError("prices", `the source answered with status ${response.status}`, {
      retryable: true,
    });
  const table = PRICE_FORMATS[config.source](text, { currency: "EUR", unit: "kWh", tz: "UTC" });
  await writer.put(config.series, table);
  return table.prices.size;
}

export function addressOf(url: string, from: number, to: number): string {
  const forms: Record<string, (ms: number) => string> = {
    "": (ms) => new Date(ms).toISOString().slice(0, 10),
    _ms: String,
    _entsoe: (ms) => new Date(ms).toISOString().slice(0, 16).replace(/\D/g, ""),
  };
  return url.replace(/\{(from|to)(|_ms|_entsoe)\}/g, (_, end: string, form: string) =>
    (forms[form] ?? String)(end === "from" ? from : to),
  );
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += (part as Uint8Array).length;
    if (bytes > ANSWER_BYTES_MAX)
      throw new PlatformError("prices", `the source's answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString("utf8");
}
