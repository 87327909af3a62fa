export { backupCommand, controlSocketOf, restoreCommand } from "./backup/command.ts";
export { openExistingStore, openStore, readConfig, stores, type StoreConfig } from "./config.ts";
export type {
  Bucket,
  EnergySteps,
  EnergyStretch,
  Gap,
  IdRange,
  LatestReading,
  MeterSummary,
  DeletedMeter,
  Deletion,
  RawQuery,
  RegistersQuery,
  RegistryDocument,
  SeriesQuery,
  Store,
  StoreHealth,
} from "./store.ts";
export { isServed, serveBackups } from "./backup/control.ts";
