import { PlatformError } from "@smp/schemas";
import type { Logger } from "pino";
import type { MeterConfig, Source } from "./config/meter-config.ts";
import { loadKey } from "./config/keys.ts";
import { createMeterDecoder, type MeterDecoderOptions } from "./meter/decoder.ts";
import type { MeterDecoder } from "./meter/telegram.ts";
import type { Transport } from "./transport/transport.ts";

export interface OpenMeter {
  meter: MeterConfig;
  transport: Transport;
  decoder: MeterDecoder;
}

/** What a configured meter needs to be read: its byte source, and a decoder that holds its keys. */
export async function openMeter(
  meter: MeterConfig,
  given: Transport | undefined,
  log: Logger,
): Promise<OpenMeter> {
  const transport = given ?? (meter.source && (await openSource(meter.source, log)));
  if (!transport)
    throw new PlatformError("config", `meter "${meter.name}" has no source: serial, tcp or replay`);
  const [key, authKey] = await Promise.all([loadKey(meter.key), loadKey(meter.authenticationKey)]);
  const options: MeterDecoderOptions = {
    timeZone: meter.timeZone,
    ...(key !== undefined && { key: Buffer.from(key, "hex") }),
    ...(authKey !== undefined && { authKey: Buffer.from(authKey, "hex") }),
    ...(meter.protocol !== undefined && { protocol: meter.protocol }),
    ...(meter.profile !== undefined && { profile: meter.profile }),
  };
  return { meter, transport, decoder: createMeterDecoder(options) };
}

/** Opens the byte source that a configuration names. An adapter is loaded only when it is used: serialport is native. */
async function openSource(source: Source, logger: Logger): Promise<Transport> {
  if (source.kind === "serial")
    return (await import("./transport/serial.ts")).serialTransport({ ...source, logger });
  if (source.kind === "tcp") return (await import("./transport/tcp.ts")).tcpTransport({ ...source, logger });
  return (await import("./transport/replay.ts")).replayTransport(source.path);
}
