/* Server id (DIN 43863-5), hex => 0A 01 maker(3) block(1) serial number(4) */
const HEX_DIGITS = 20;
const SERIAL_DIGITS = 8;

export const looksLikeServerId = (serverId: string): boolean =>
  serverId.length === HEX_DIGITS && serverId.startsWith("0a01");

/** Serial number as printed on the meter. */
export const serialOf = (serverId: string): number => Number.parseInt(serverId.slice(-SERIAL_DIGITS), 16);
