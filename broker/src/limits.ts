/** The broker's limits, each stated once; those of `LIMIT_VARIABLES` can be set. */
export const LIMITS = {
  connectionsMax: 15_000,
  /** Open connections of one address: an IPv4 address, or an IPv6 /64. Raise both behind a balancer or NAT. */
  connectionsPerAddressMax: 20,
  connectionsPerAddressPerSecond: 10,
  connectionsPerAddressBurst: 20,
  /**
   * TLS handshakes under way. One costs us 2 ms, so that this many are done before the first of them takes too long; but
   * it lasts as long as the client needs, on a microcontroller two seconds. What comes beyond is closed at once.
   */
  handshakesMax: 1_000,
  handshakeTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
  /** Before CONNECT nobody is known, and a CONNECT is small. */
  firstPacketBytesMax: 4_096,
  /** A packet up to this size is taken in, so that a message over the contract's limit can be acknowledged and rejected. */
  packetBytesMax: 65_536,
  /**
   * Of a connection's packets that are no messages and acknowledge none, each with 64 more: a hundred pings a second, or 256
   * subscriptions at once.
   */
  controlBytesPerSecond: 8_192,
  controlBytesBurst: 131_072,
  /** Packets pipelined between CONNECT and CONNACK. */
  earlyPacketsMax: 42,
  clientIdLengthMax: 64,
  willBytesMax: 256,
  /** Lets a keepalive-less client not hold its place for ever. */
  keepaliveMaxS: 3_600,
  sessionsPerIdentityMax: 8,
  /** A device that ends its own session so often within a minute is two devices with one certificate. */
  takeoversPerMinuteMax: 3,

  /** What one device may send; a message beyond waits for its turn, see rates.ts. */
  messagesPerSecond: 5,
  messagesBurst: 20,
  bytesPerSecond: 60_000,
  /** Twenty whole messages of the contract: a journal's window of 16 goes through at once. */
  bytesBurst: 327_680,
  /** A message that would wait longer for its turn ends the connection. */
  rateWaitMsMax: 10_000,

  /** How long the log may be away until devices are sent away (CONNACK 3) instead of kept waiting. */
  logAwayMs: 20_000,
  /** Waiting sessions closed a second then: all 10,000 are gone before their keepalive of 60 s cuts them in one storm. */
  sendAwayPerSecond: 150,

  topicLevelsMax: 8,
  subscriptionsPerSessionMax: 8,
  /** Home Assistant and other consumers subscribe to each of their meters by name. */
  subscriptionsPerConsumerMax: 256,
  /** A subscriber that takes nothing for so long is cut. */
  drainTimeoutMs: 3_000,
  liveIntervalMs: 1_000,
  liveMetersMax: 100_000,
  liveOutstandingMax: 1_000,
  homeAssistantMetersMax: 10_000,

  /** How often certificates of live sessions are checked for expiry. */
  expirySweepMs: 20_000,
  /** How often the broker's own certificate files are looked at. */
  credentialsPollMs: 3_000,
  /** How long closing waits for messages that ingest still holds. */
  closeTimeoutMs: 5_000,
  /** Lines a second and kind; the rest is counted. */
  logLinesPerSecondMax: 10,
} as const;

export type Limits = { readonly [Name in keyof typeof LIMITS]: number };

/** The limits that an operator sets, each by its variable, in the limit's own unit. docs/operate/limits.md lists them. */
export const LIMIT_VARIABLES = {
  connectionsMax: "SMP_MQTT_CONNECTIONS_MAX",
  connectionsPerAddressMax: "SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX",
  connectionsPerAddressPerSecond: "SMP_MQTT_CONNECTIONS_PER_ADDRESS_PER_SECOND",
  connectionsPerAddressBurst: "SMP_MQTT_CONNECTIONS_PER_ADDRESS_BURST",
  handshakesMax: "SMP_MQTT_HANDSHAKES_MAX",
  sessionsPerIdentityMax: "SMP_MQTT_SESSIONS_PER_IDENTITY_MAX",
  messagesPerSecond: "SMP_MQTT_MESSAGES_PER_SECOND",
  messagesBurst: "SMP_MQTT_MESSAGES_BURST",
  bytesPerSecond: "SMP_MQTT_BYTES_PER_SECOND",
  bytesBurst: "SMP_MQTT_BYTES_BURST",
  rateWaitMsMax: "SMP_MQTT_RATE_WAIT_MS_MAX",
  logAwayMs: "SMP_MQTT_LOG_AWAY_MS",
  sendAwayPerSecond: "SMP_MQTT_SEND_AWAY_PER_SECOND",
} as const;
