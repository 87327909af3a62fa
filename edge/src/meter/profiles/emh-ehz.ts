/** EMH eHZ and ED300L state power without a sign; which way it flows stands in the status word of the import counter. */
export const emhEhz = {
  /** Of three generations. */
  serverIdBegins: ["06454d48", "0901454d48", "0a01454d48"],
  unsigned: "1-0:15.7.0",
  signed: "1-0:16.7.0",
  statusOf: "1-0:1.8.0",
  exportBit: 0x20,
} as const;
