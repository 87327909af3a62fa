export { backupCommand, controlSocketOf, restoreCommand } from "./backup-command.ts";
export type { BackupSummary } from "./backup.ts";
export { openExistingStore, openStore, readConfig, stores, type StoreConfig } from "./config.ts";
export type {
  Bucket,
  EnergySteps,
  EnergyStretch,
  Gap,
  IdRange,
  LatestReading,
  MeterSummary,
  MeterSwaps,
  Deletion,
  RawQuery,
  RegistersQuery,
  RegistryDocument,
  SeriesQuery,
  Store,
  StoreHealth,
} from "./store.ts";
export type { Retention } from "./retention.ts";
export { isServed, serveBackups } from "./control.ts";
