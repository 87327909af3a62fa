import { setFlagsFromString } from "node:v8";
import { Command, InvalidArgumentError, Option } from "commander";
import { Checked, PlatformError } from "@smp/schemas";
import { pino, type Logger } from "pino";
import { isClockSet } from "./clock-set.ts";
import { configOf, environmentValues, type EdgeConfig } from "../config/config.ts";
import { readConfigFile } from "../config/config-file.ts";
import type { EdgeStatus } from "../local/status.ts";
import { readableLog } from "./readable-log.ts";
import type { Setting, Values } from "../config/settings.ts";
import { startEdge, type Edge } from "../start.ts";

interface Flags {
  [flag: string]: string | undefined;
  config?: string;
}

/** Which setting each flag stands for; a flag wins over the variable. */
const FLAGS: Readonly<Record<string, Setting>> = {
  serial: "serial",
  tcp: "tcp",
  replay: "replay",
  key: "key",
  keyFile: "keyFile",
  authKeyFile: "authenticationKeyFile",
  broker: "brokerUrl",
  certDir: "certificates",
  est: "renewalUrl",
  data: "dataDirectory",
  device: "device",
  registers: "registers",
  interval: "intervalSeconds",
  timeZone: "timeZone",
  profile: "profile",
  protocol: "protocol",
  http: "httpPort",
};

const flagName = (flag: string): string =>
  `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
/** What a fault calls a setting that was not given. */
const FLAG_NAMES: Partial<Record<Setting, string>> = Object.fromEntries(
  Object.entries(FLAGS).map(([flag, setting]) => [setting, flagName(flag)]),
);

/** `smp edge`: reads a meter, keeps every reading on disk, publishes it over MQTT. */
export function edgeCommand(): Command {
  return new Command("edge")
    .description("read a meter, keep each reading on disk until the platform has it, publish it over MQTT")
    .option("--serial <path>", "serial port, 2400 8E1 (SMP_SERIAL)")
    .option("--tcp <host:port>", "ser2net or an M-Bus gateway (SMP_TCP)")
    .option(
      "--replay <file>",
      "capture file: hex, binary or a test vector; ends when the platform has it all (SMP_REPLAY)",
    )
    .option("--config <file>", "YAML or JSON file for several meters (SMP_EDGE_CONFIG)")
    .addOption(
      new Option("--key <hex>", "key of a capture; others on this machine can see it").argParser(hexKey),
    )
    .option("--key-file <file>", "file with the meter's key, 32 hex digits, mode 0600 (SMP_KEY_FILE)")
    .option("--auth-key-file <file>", "file with the authentication key, mode 0600 (SMP_AUTH_KEY_FILE)")
    .option(
      "--broker <url>",
      "mqtts://HOST:8883; default with --cert-dir: localhost; without both, readings stay here (MQTT_URL)",
    )
    .option("--cert-dir <dir>", "folder with ca.crt, client.crt and client.key (SMP_CERT_DIR)")
    .option(
      "--est <url>",
      "where the certificate renews itself, or off (SMP_EST_URL, default https://BROKER-HOST:8085)",
    )
    .option("--data <dir>", "data folder; the journal lies in its edge/DEVICE (SMP_DATA_DIR, default data)")
    .option("--device <name>", "name of the device where no certificate gives it (SMP_DEVICE)")
    .option("--registers <codes>", "OBIS codes that leave the house, with commas between (SMP_REGISTERS)")
    .option(
      "--interval <seconds>",
      "send one reading an interval, of each list that the meter has (SMP_INTERVAL_SECONDS, default every one)",
    )
    .option(
      "--time-zone <zone>",
      "zone of a meter clock without offset (SMP_TIME_ZONE, default Europe/Vienna)",
    )
    .option("--protocol <name>", "mbus, hdlc, dlms, dsmr or sml; found out when absent (SMP_PROTOCOL)")
    .option("--profile <name>", "meter profile; found out when absent (SMP_PROFILE)")
    .option(
      "--http <port>",
      "local /healthz, /metrics, /latest; off for none (SMP_EDGE_HTTP_PORT, default 9110)",
    )
    .addHelpText("after", EXAMPLES)
    .action(async (flags: Flags) => {
      process.exitCode = await runEdge(flags);
    });
}

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
const ENDED = "ended";
const EXAMPLES = `
Examples:
  smp edge --serial /dev/ttyUSB0 --key-file /etc/smp-edge/meter.key --broker mqtts://localhost:8883 --cert-dir certs/house-7
  smp edge --replay capture.hex --key 36C66639E48A8CA4D6BC8B282A793BBB --broker mqtts://localhost:8883 --cert-dir certs/house-7
  smp edge --config /etc/smp-edge/edge.yaml
`;

/** Exit code: 0 after a replay or a signal, 1 when it cannot work, 2 for wrong settings. */
async function runEdge(flags: Flags): Promise<number> {
  // Left alone, V8's young generation grows to 33 MB, a third of what a small computer has to spare for this process.
  setFlagsFromString("--semi-space-growth-factor=1");
  const log = edgeLog();
  try {
    checkLogLevel();
    const config = await configFrom(flags);
    if (flags.key !== undefined && config.meters[0]?.source?.kind !== "replay")
      log.warn(
        "--key can be seen by everybody on this machine: put the key into a file with mode 0600 and use --key-file",
      );
    const edge = await startEdge(config, { log, isClockSet });
    if (edge.httpPort !== undefined)
      log.info(`local health and values: http://127.0.0.1:${edge.httpPort}/latest`);
    const stopped = await untilEnd(edge);
    return report(edge.status(), stopped, log);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    for (const line of error.message.split("\n")) log.fatal(line);
    return error.code === "config" ? 2 : 1;
  }
}

/** Says how it ended; the exit code. */
function report({ journal, broker, meters }: EdgeStatus, stopped: string, log: Logger): number {
  const telegrams = meters.reduce((sum, meter) => sum + meter.telegrams, 0);
  const counts = { telegrams, acknowledged: broker?.readings, rejections: broker?.problems };
  if (stopped !== ENDED)
    log.info(
      { pending: journal.pending },
      `${stopped}: stopped; what is not acknowledged stays in the journal`,
    );
  else if (telegrams === 0)
    log.error(
      counts,
      "no telegram could be decoded: is it the right file, and the right key? smp decode shows what is in it",
    );
  else log.info(counts, `the source has ended and the ${broker ? "platform" : "journal"} has everything`);
  return stopped === ENDED && telegrams === 0 ? 1 : 0;
}

/** What ended it: the source, or a signal. */
async function untilEnd(edge: Edge): Promise<string> {
  try {
    return await Promise.race([edge.finished.then(() => ENDED), signalled()]);
  } finally {
    await edge.close();
  }
}

async function configFrom(flags: Flags): Promise<EdgeConfig> {
  const values = { ...environmentValues(process.env), ...flagValues(flags) };
  const file = flags.config ?? process.env["SMP_EDGE_CONFIG"];
  if (file === undefined || file === "") {
    // A replay is over in a moment: it needs no local server, and another edge may hold the port.
    if (values.replay !== undefined) values.httpPort ??= { name: "--http", value: "off" };
    return configOf(values, FLAG_NAMES);
  }
  const beside = Object.keys(flagValues(flags)).length;
  if (beside > 0)
    throw new PlatformError(
      "config",
      "--config takes everything from the file: leave the other options away",
    );
  return readConfigFile(file);
}

function flagValues(flags: Flags): Values {
  const values: Values = {};
  for (const [flag, setting] of Object.entries(FLAGS)) {
    const value = flags[flag];
    if (value !== undefined) values[setting] = { name: flagName(flag), value };
  }
  return values;
}

function checkLogLevel(): void {
  const checked = new Checked(process.env);
  checked.oneOf("SMP_LOG_LEVEL", LOG_LEVELS, "info");
  checked.throwIfFaulty();
}

/** For people at a terminal lines that they can read, else JSON for a collector. */
function edgeLog(): Logger {
  const level = LOG_LEVELS.find((name) => name === process.env["SMP_LOG_LEVEL"]) ?? "info";
  return pino(
    { level },
    process.stderr.isTTY ? readableLog(process.stderr) : pino.destination({ dest: 2, sync: true }),
  );
}

function signalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve(signal));
  });
}

function hexKey(text: string): string {
  if (!/[0-9a-f]/i.test(text)) throw new InvalidArgumentError("a key is 32 hex digits");
  return text;
}
