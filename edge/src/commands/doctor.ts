import { existsSync } from "node:fs";
import { PlatformError } from "@smp/schemas";
import { Command, Option } from "commander";
import { examine } from "../doctor/doctor.ts";
import type { Finding } from "../doctor/finding.ts";

interface Flags {
  certDir?: string;
  tapDir?: string;
  url: string;
  est?: string;
  topic?: string;
  json?: true;
}

/** What `npm start` makes: it is there to look with, and disturbs nobody. */
const TAP = "data/pki/consumers/tap";
const MARKS: Readonly<Record<Finding["status"], string>> = {
  ok: "ok     ",
  failed: "FAILED ",
  unknown: "?      ",
  skipped: "-      ",
};

/** `smp doctor`: what is wrong between a device and the platform, in words. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "look at everything between a device and the platform, and say what is wrong and how to mend it",
    )
    .addOption(
      new Option("--cert-dir <dir>", `folder with ca.crt, client.crt and client.key (default: ${TAP})`).env(
        "SMP_CERT_DIR",
      ),
    )
    .addOption(
      new Option("--url <url>", "the broker: mqtts://HOST:PORT")
        .env("MQTT_URL")
        .default("mqtts://localhost:8883"),
    )
    .option("--tap-dir <dir>", "folder of a consumer's certificate, to see the reading where others see it")
    .addOption(
      new Option(
        "--est <url>",
        "the enrolment server, whose clock is asked (default: https://BROKER-HOST:8085)",
      ).env("SMP_EST_URL"),
    )
    .option("--topic <topic>", "where the device publishes, if that is in doubt")
    .option("--json", "print JSON, one object a line")
    .action(async (flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  const { url, topic, tapDir, json, certDir = existsSync(TAP) ? TAP : undefined } = flags;
  if (!URL.canParse(url) || new URL(url).protocol !== "mqtts:")
    throw new PlatformError("config", `--url "${url}" is no mqtts://HOST:PORT`);
  if (certDir === undefined)
    throw new PlatformError(
      "config",
      "--cert-dir is required: the folder with ca.crt, client.crt and client.key",
    );
  const estUrl = flags.est && flags.est !== "off" ? flags.est : `https://${new URL(url).hostname}:8085`;
  const healthy = await examine({ url, certDir, tapDir, estUrl, topic }, (finding) =>
    process.stdout.write(`${json ? JSON.stringify(finding) : lineOf(finding)}\n`),
  );
  if (!healthy) process.exitCode = 1;
}

function lineOf({ step, status, text, mend }: Finding): string {
  const line = `${MARKS[status]}${step.padEnd(13)}${text}`;
  return mend === undefined ? line : `${line}\n${" ".repeat(20)}→ ${mend}`;
}
