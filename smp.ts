/**
 * The platform's command line. Exit codes: 0 done, 1 failed, 2 wrong usage or setting, 3 partly done, 130 interrupted.
 */
import { readFileSync } from "node:fs";
import { conformCommand } from "@smp/bridge";
import { meterCommand, pricesCommand, tokenCommand } from "@smp/api";
import { caCommand, consumerCommand, deviceCommand, inviteCommand, serviceCommand } from "@smp/certs";
import { decodeCommand, doctorCommand, edgeCommand, enrolCommand, simulateCommand } from "@smp/edge";
import { extensionCommand } from "@smp/extensions";
import { backupCommand, restoreCommand } from "@smp/store";
import { Command, CommanderError } from "commander";
import { connectAdmin } from "./admin.ts";
import { exitWith } from "./process.ts";

const EXAMPLES = `
Examples:
  smp start                         the whole platform in one process, with a simulated meter
  smp device add kitchen            a certificate for a device, and the line that tests it
  smp edge --serial /dev/ttyUSB0 --key-file meter.key --cert-dir data/pki/devices/kitchen
  smp token create phone --meter kitchen   a token for the API
  smp backup /media/stick/2026-03-01  everything that is stored, checked
  smp decode --key HEX capture.bin  what a capture says
`;

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** A process of the platform: its code is loaded only when it is asked for. */
function processCommand(name: string, description: string, run: () => Promise<void>): Command {
  return new Command(name).description(description).action(run);
}

const program = new Command("smp")
  .description("Smart Meter Platform: read meters, keep readings, serve them.")
  .version(version)
  .addHelpText("after", EXAMPLES)
  .showSuggestionAfterError()
  .showHelpAfterError("(smp --help shows what there is)")
  .addCommand(
    processCommand(
      "start",
      "run everything in one process: broker, ingest, DuckDB store, API, app, simulated meter",
      async () => (await import("./start.ts")).main(),
    ),
  )
  .addCommand(
    processCommand("broker", "run the MQTT broker with ingest into Kafka", async () =>
      (await import("./services.ts")).runBroker(),
    ),
  )
  .addCommand(
    new Command("bridge")
      .description("run ingest from another MQTT broker (MQTT_URL) into Kafka")
      .option("--mqtt <url>", "the broker: mqtts://host:port or mqtt://host:port (MQTT_URL)")
      .option("--share <group>", "share the readings with the other doors of this group (SMP_BRIDGE_SHARE)")
      .action(async (options: { mqtt?: string; share?: string }) =>
        (await import("./services.ts")).runBridge(options),
      ),
  )
  .addCommand(
    processCommand("load", "run the loader from Kafka into the store", async () =>
      (await import("./services.ts")).runLoad(),
    ),
  )
  .addCommand(
    processCommand(
      "processors",
      "run the processor extensions of SMP_EXTENSIONS on the readings in Kafka",
      async () => (await import("./services.ts")).runProcessors(),
    ),
  )
  .addCommand(
    processCommand("api", "run the HTTP API and the app", async () =>
      (await import("./services.ts")).runApi(),
    ),
  )
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(
    processCommand("est", "run the server at which devices enrol and renew their certificates", async () =>
      (await import("./services.ts")).runEst(),
    ),
  )
  .addCommand(edgeCommand())
  .addCommand(simulateCommand())
  .addCommand(decodeCommand())
  .addCommand(conformCommand())
  .addCommand(caCommand())
  .addCommand(deviceCommand())
  .addCommand(inviteCommand())
  .addCommand(enrolCommand())
  .addCommand(doctorCommand())
  .addCommand(consumerCommand())
  .addCommand(extensionCommand())
  .addCommand(serviceCommand())
  .addCommand(tokenCommand(connectAdmin))
  .addCommand(meterCommand(connectAdmin))
  .addCommand(pricesCommand(connectAdmin));

/** Commander ends with 1 on wrong usage; here that is 2, so that scripts can tell it from a failure. */
function refineExits(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) refineExits(child);
}
refineExits(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) exitWith(error);
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
