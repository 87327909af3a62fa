/** The broker's limits, each stated once. */
export const LIMITS = {
  /** A packet up to this size is taken in, so that a message over the contract's limit can be acknowledged and rejected. */
  packetBytesMax: 65_536,
  /** Before CONNECT nobody is known, and a CONNECT is small. */
  firstPacketBytesMax: 4_096,
  clientIdLengthMax: 64,
  willBytesMax: 256,
  /** Lets a keepalive-less client not hold its place for ever. */
  keepaliveMaxS: 3_600,
  handshakeTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
  /** A subscriber that takes nothing for so long is cut. */
  drainTimeoutMs: 3_000,
  topicLevelsMax: 8,
  subscriptionsPerSessionMax: 8,
  /** Home Assistant and other consumers subscribe to each of their meters by name. */
  subscriptionsPerConsumerMax: 256,
  /** Packets pipelined between CONNECT and CONNACK. */
  earlyPacketsMax: 42,
  /** How long a log may be away until new sessions are turned away instead of kept waiting. */
  logAwayMs: 10_000,
  /** How often certificates of live sessions are checked for expiry. */
  expirySweepMs: 20_000,
  /** How often the broker's own certificate files are looked at. */
  credentialsPollMs: 3_000,
  liveIntervalMs: 1_000,
  liveMetersMax: 100_000,
  liveOutstandingMax: 1_000,
  homeAssistantMetersMax: 10_000,
  /** How long closing waits for messages that ingest still holds. */
  closeTimeoutMs: 5_000,
  /** Lines a second and kind; the rest is counted. */
  logLinesPerSecondMax: 10,
} as const;
