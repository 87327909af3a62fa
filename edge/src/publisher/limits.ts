/** The publisher's limits; the defaults stay below what the platform's broker lets one device do. */
export interface PublisherLimits {
  /** Messages without PUBACK at a time. */
  window: number;
  /** Messages a second with readings that are new. More readings than that share messages. */
  livePerSecond: number;
  liveBurst: number;
  /** Messages a second with readings of the time without a broker, up to 500 readings each. */
  drainPerSecond: number;
  drainBurst: number;
  /** A connection on which one message waits longer for its PUBACK is given up. */
  ackMsMax: number;
  reconnectFirstMsMax: number;
  reconnectMsMax: number;
}

export const LIMITS: PublisherLimits = {
  window: 16,
  livePerSecond: 3,
  liveBurst: 8,
  drainPerSecond: 2,
  drainBurst: 4,
  ackMsMax: 180_000,
  reconnectFirstMsMax: 30_000,
  reconnectMsMax: 120_000,
};
