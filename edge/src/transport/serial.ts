import { stat } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import { type Logger, pino } from "pino";
import type { SerialPort } from "serialport";
import { type Clock, systemClock } from "./clock.ts";
import { reopening } from "./reopening.ts";
import { streamBytes } from "./stream-bytes.ts";
import type { Transport } from "./transport.ts";

export interface SerialSettings {
  /** Best `/dev/serial/by-id/…`: it stays the same when other adapters come and go. */
  path: string;
  /** @default 2400 */
  baudRate?: number;
  /** @default 8 */
  dataBits?: 5 | 6 | 7 | 8;
  /** @default "even" */
  parity?: "none" | "even" | "odd";
  /** @default 1 */
  stopBits?: 1 | 2;
}

export interface SerialTransportOptions extends SerialSettings {
  /** Without a byte for so long the port is opened again. @default 120_000 */
  silenceMsMax?: number;
  /** How often to look whether the device is still there. @default 5000 */
  presenceMs?: number;
  clock?: Clock;
  logger?: Logger;
}

const READ_BYTES_MAX = 4096;

/**
 * A meter on a serial port; unplugging the adapter only interrupts it.
 *
 * @example serialTransport({ path: "/dev/ttyUSB0" }) // 2400 8E1, as the wired M-Bus customer interface speaks
 */
export function serialTransport(options: SerialTransportOptions): Transport {
  const {
    silenceMsMax = 120_000,
    presenceMs = 5000,
    clock = systemClock,
    logger = pino({ level: "silent" }),
    ...settings
  } = options;
  const name = serialName(settings);
  return {
    name,
    bytes: (signal) => reopening({ name, open, clock, logger }, signal),
  };

  async function* open(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const port = await openSerialPort(settings);
    const watch = await watchDevice(settings.path, presenceMs, () => port.close());
    logger.info({ transport: name }, "open");
    try {
      yield* streamBytes(port, { signal, silenceMsMax });
    } finally {
      clearInterval(watch);
      await closeSerialPort(port);
    }
  }
}

/**
 * A device that vanishes between two reads answers each further read with 0 bytes, and serialport 13 then reads on for
 * ever, busily. So its node is looked at now and then: gone or another one means unplugged.
 */
async function watchDevice(path: string, presenceMs: number, vanished: () => void): Promise<NodeJS.Timeout> {
  const opened = await deviceNode(path);
  const look = async (): Promise<void> => {
    if (opened !== undefined && (await deviceNode(path)) !== opened) vanished();
  };
  return setInterval(() => void look(), presenceMs);
}

/** Undefined where ports are no files (Windows). */
async function deviceNode(path: string): Promise<string | undefined> {
  return stat(path).then(
    ({ dev, ino, rdev }) => `${dev}:${ino}:${rdev}`,
    () => undefined,
  );
}

/** `serial /dev/ttyUSB0 2400 8E1` */
function serialName({
  path,
  baudRate = 2400,
  dataBits = 8,
  parity = "even",
  stopBits = 1,
}: SerialSettings): string {
  return `serial ${path} ${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}

export async function openSerialPort(settings: SerialSettings): Promise<SerialPort> {
  const { path, baudRate = 2400, dataBits = 8, parity = "even", stopBits = 1 } = settings;
  const port = new (await loadSerialPort())({
    path,
    baudRate,
    dataBits,
    parity,
    stopBits,
    autoOpen: false,
    highWaterMark: READ_BYTES_MAX,
  });
  // Errors are seen by whoever waits; one that comes later must not end the process.
  port.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openingFailed(settings, error)) : resolve()));
  });
  return port;
}

export async function closeSerialPort(port: SerialPort): Promise<void> {
  if (!port.isOpen) return;
  await new Promise<void>((resolve) => {
    port.close(() => resolve());
  });
}

/** Loaded on first use: a machine without a serial port needs no native module. */
async function loadSerialPort(): Promise<typeof SerialPort> {
  try {
    return (await import("serialport")).SerialPort;
  } catch (error) {
    throw new PlatformError(
      "serialport-missing",
      "the native module of serialport does not load here: run npm install on this machine, or use --tcp with ser2net",
      { cause: error },
    );
  }
}

const MENDING: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/No such file|ENOENT|ENXIO|ENODEV/i, "plug the adapter in, or correct the path (see /dev/serial/by-id)"],
  [
    /Permission denied|EACCES/i,
    "add the user to the group that owns the port (mostly dialout), and log in again",
  ],
  [/lock|busy|EAGAIN|EBUSY/i, "another program holds the port: stop it"],
];

function openingFailed(settings: SerialSettings, error: Error): PlatformError {
  const advice = MENDING.find(([pattern]) => pattern.test(error.message))?.[1];
  const message = `${serialName(settings)}: ${error.message}${advice === undefined ? "" : `: ${advice}`}`;
  return new PlatformError("serial-open", message, { retryable: true, cause: error });
}
