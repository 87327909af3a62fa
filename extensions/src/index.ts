export { extensionCommand } from "./command.ts";
export type { Fault, ForeignMessage, Input, InputContext } from "./contract/input.ts";
export {
  INTERFACE_VERSIONS,
  type Detail,
  type ExtensionKind,
  type Manifest,
  type Rights,
  type Setting,
  type Settings,
} from "./contract/manifest.ts";
export type { Output, OutputContext } from "./contract/output.ts";
export type {
  Batch,
  DerivedReading,
  Emitted,
  EmittedEvent,
  Processor,
  ProcessorContext,
} from "./contract/processor.ts";
export type { StoreView } from "./contract/store-view.ts";
export { readExtensionsConfig, type ExtensionsConfig } from "./host/config.ts";
export { startFeed, type Feed, type FeedPorts } from "./host/feed.ts";
export { ExtensionFailure, type FailureReason } from "./host/failure.ts";
export {
  openExtensions,
  type Extensions,
  type ExtensionStatus,
  type OpenOptions,
  type OpenProcessor,
} from "./host/open.ts";
export { reportProcessors, type ReportPorts } from "./host/report.ts";
export type { ReadableStore, Sight } from "./host/store-view.ts";
export { findExtension, type ExtensionPackage } from "./host/package.ts";
export { checkExtension, type Check } from "./testing/contract.ts";
export type { Case } from "./testing/case.ts";
