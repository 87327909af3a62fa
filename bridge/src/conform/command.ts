import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DEVICE_ID, PlatformError } from "@smp/schemas";
import { Command, InvalidArgumentError } from "commander";
import { Observation } from "./observation.ts";
import { judgeDevice, type Judgement } from "./rules.ts";
import { startStandIn } from "./stand-in.ts";

interface ConformFlags {
  device: string;
  host: string;
  port: number;
  seconds: number;
  data: string;
  json?: boolean;
}

const EXAMPLES = `
Point the device at this computer, or stop the platform while you watch: conform takes the broker's place, with its
certificate, and keeps no reading.

Examples:
  smp conform --device my-device
  smp conform --device my-device --port 8884 --seconds 120 --json
`;
const MARKS = { met: "ok", broken: "BROKEN", "not seen": "not seen" } as const;
/** Two readings before the one that is withheld, so that its return is not taken for the first. */
const WITHHOLD_AFTER = 3;

const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`must be a whole number from ${min} to ${max}`);
    return value;
  };

/** `smp conform`: watches one device, and says which rules of the contract it meets. Exit code 1 when a "must" is broken. */
export function conformCommand(): Command {
  return new Command("conform")
    .description("watch a device in the broker's place, and say which rules of the contract it meets")
    .requiredOption("--device <name>", "the device, as in its certificate")
    .option("--host <address>", "where to listen", "0.0.0.0")
    .option("--port <port>", "where to listen", integer(0, 65_535), 8883)
    .option("--seconds <n>", "how long to watch", integer(1, 86_400), 60)
    .option("--data <dir>", "folder with pki/ in it", process.env["SMP_DATA_DIR"] ?? "data")
    .option("--json", "write the judgement as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: ConformFlags) => {
      const judgement = await watch(flags);
      console.log(flags.json ? JSON.stringify(judgement, null, 2) : table(flags.device, judgement));
      if (judgement.some(({ level, verdict }) => level === "must" && verdict !== "met")) process.exitCode = 1;
    });
}

async function watch({ device, host, port, seconds, data }: ConformFlags): Promise<Judgement[]> {
  if (!DEVICE_ID.test(device))
    throw new PlatformError(
      "config",
      `"${device}" is no device name: a-z, 0-9 and -, at most 40 characters.`,
    );
  const pki = join(data, "pki");
  const seen = new Observation(device);
  const standIn = await startStandIn({
    host,
    port,
    certFile: join(pki, "services/broker/server.crt"),
    keyFile: join(pki, "services/broker/server.key"),
    caFile: join(pki, "ca.crt"),
    seen,
    withholdAfter: WITHHOLD_AFTER,
    tell: (sentence) => console.error(sentence),
  });
  console.error(`Waiting for ${device} on port ${standIn.port}, for ${seconds} s.`);
  await wait(seconds * 1_000);
  await standIn.close();
  return judgeDevice(seen);
}

function table(device: string, judgement: readonly Judgement[]): string {
  const lines = judgement.map(({ id, level, says, verdict, detail }) => {
    const reason = detail === undefined ? "" : `\n${" ".repeat(22)}${detail}`;
    return `${MARKS[verdict].padEnd(9)} ${level.padEnd(7)} ${id.padEnd(4)} ${says}${reason}`;
  });
  const unmet = judgement.filter(({ level, verdict }) => level === "must" && verdict !== "met").length;
  const end =
    unmet === 0
      ? `${device} meets every must.`
      : `${device} does not meet ${unmet} of the musts, or they were not seen.`;
  return [...lines, "", end].join("\n");
}
