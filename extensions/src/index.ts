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
export { startFeed, type Feed } from "./host/feed.ts";
export { openExtensions, type Extensions, type ExtensionStatus } from "./host/open.ts";
export { reportProcessors } from "./host/report.ts";
export { findExtension } from "./host/package.ts";
export { checkExtension } from "./testing/contract.ts";
