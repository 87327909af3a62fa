/**
 * DZG DVS74 meters of these serial numbers tag power of up to 3 bytes as signed although it is not; their newer
 * firmware is right, and its exports would become huge imports if it were corrected too.
 */
export const dzgDvs74 = {
  /** DIN 43863-5 server id: 0A 01, maker, block; the serial number follows. */
  serverIdBegin: "0a01445a4700",
  serials: [
    [42_000_000, 48_999_999],
    [55_000_000, 58_999_999],
  ],
  obis: "1-0:16.7.0",
  bytesMax: 3,
} as const;

/**
 * DZG WS74 meters tag the power of their only phase as signed although it is not. They count no export, so that nothing
 * but this makes it negative; those that count it are right.
 */
export const dzgWs74 = {
  serverIdBegin: "0a01445a4700",
  obis: "1-0:36.7.0",
  bytesMax: 3,
} as const;
