/**
 * The platform's contracts. No `node:` import here: the web app uses this entry too.
 */
export type {
  NormalisedReading,
  Problem,
  Reading,
  ReadingMessage,
  Registers,
  RejectedMessage,
  RejectionCode,
} from "./generated/types.ts";
export type { IncomingMessage, Ingest, IngestResult } from "./ingest.ts";
export type { DecodeForeign, Decoded, ForeignPayload } from "./input.ts";
export {
  BATCH_READINGS_MAX,
  FUTURE_MS_MAX,
  MESSAGE_BYTES_MAX,
  REGISTERS_MAX,
  TIME_END_MS,
  TIME_MIN_MS,
} from "./limits.ts";
export {
  CURRENT_PERIOD,
  netPowerW,
  registerCode,
  registerName,
  registerOf,
  REGISTERS,
  valueFault,
  type Register,
  type RegisterKind,
  type Unit,
} from "./registers.ts";
export {
  discoveryDocument,
  discoveryTopic,
  HOME_ASSISTANT_PREFIX,
  meterOfDiscoveryTopic,
} from "./home-assistant.ts";
export { liveDocument, withUnshown } from "./live.ts";
export { DEVICE_AUTHORITY } from "./authority.ts";
export { readDer, type DerValue } from "./der.ts";
export { brokerAddress, isLocalName, limitConnections, networkOf } from "./network.ts";
export { problemOf } from "./problem.ts";
export { askChecks, readyFigures, type Check, type CheckResult } from "./readiness.ts";
export { messageOf, PlatformError, refusalOf } from "./platform-error.ts";
export { Checked } from "./checked.ts";
export { followFiles, type FollowedFiles } from "./follow-files.ts";
export { grouped } from "./grouped.ts";
export { limitedLines } from "./limited-lines.ts";
export { shared } from "./shared.ts";
export {
  bucketBounds,
  DAY_MS,
  HOUR_MS,
  instantsOf,
  isTimeZone,
  MINUTE_MS,
  parseInstant,
  QUARTER_HOUR_MS,
  toOffsetString,
  wallClock,
  type Resolution,
} from "./time.ts";
export {
  DEVICE_ID,
  deviceOf,
  errorTopic,
  infoTopic,
  isDerived,
  liveTopic,
  METER_ID,
  meterId,
  parseDeviceTopic,
  readingTopic,
  statusTopic,
  type DeviceTopic,
  type DeviceTopicKind,
} from "./topics.ts";
