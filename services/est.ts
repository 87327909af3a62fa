import { passphraseFrom, readEstConfig, startEst } from "@smp/certs";
import { openHealth } from "./process/health.ts";
import { serve } from "./process/serve.ts";

/** It is best run beside a broker, which has the usual one. */
const HEALTH_PORT = 9102;

/** Enrolment and renewal of devices; it alone has the key of the device authority. */
export const runEst = (): Promise<void> =>
  serve(async (logger) => {
    const config = readEstConfig(process.env);
    const passphrase = passphraseFrom(process.env["SMP_CA_PASSPHRASE_FILE"]);
    const est = await startEst(config, { log: logger, passphrase });
    logger.info(`enrolment: https://${config.host}:${est.port}/.well-known/est`);
    const checks = { est: () => est.health() };
    const health = await openHealth(checks, () => Promise.resolve(""), HEALTH_PORT);
    return [health, est];
  });
