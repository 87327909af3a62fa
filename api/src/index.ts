export { createApp } from "./app.ts";
export { DEFAULT_LIMITS, readConfig, type ApiConfig, type ApiLimits } from "./config.ts";
export type { ApiPorts, App, AppEnv, Check, LiveSource } from "./services.ts";
export { startApi, type RunningApi } from "./start.ts";
