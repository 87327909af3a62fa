export { createApp } from "./app.ts";
export { localAdmin, type Caller, type Fineness } from "./access/caller.ts";
export { meterCommand, tokenCommand, type AdminClient } from "./command.ts";
export { pricesCommand } from "./prices-command.ts";
export { ensureAdminToken, pastIsWhole, registerSimulated } from "./access/first-start.ts";
export { DEFAULT_LIMITS, readConfig, type ApiConfig, type ApiLimits } from "./config.ts";
export type {
  ApiPorts,
  App,
  AppEnv,
  Check,
  ExtensionsPort,
  LiveSource,
  ReadableStore,
  Sight,
} from "./ports.ts";
export { startApi, type RunningApi } from "./start.ts";
