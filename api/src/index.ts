export { createApp } from "./app.ts";
export { localAdmin } from "./access/caller.ts";
export { meterCommand, tokenCommand, type AdminClient } from "./command.ts";
export { pricesCommand } from "./prices-command.ts";
export { ensureAdminToken, pastIsWhole, registerSimulated } from "./access/first-start.ts";
export { readConfig, type ApiConfig } from "./config.ts";
export type { ApiPorts } from "./ports.ts";
export { startApi, type RunningApi } from "./start.ts";
