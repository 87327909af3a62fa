/**
 * The platform's command line. Exit codes: 0 done, 1 failed, 2 wrong usage or setting, 3 partly done, 130 interrupted, 141 its
 * reader has gone.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { exitWith } from "./services/process/process.ts";

const EXAMPLES = `
Examples:
  smp start                         the whole platform in one process, with a simulated meter
  smp device add kitchen            a certificate for a device, and the line that tests it
  smp edge --serial /dev/ttyUSB0 --key-file meter.key --cert-dir data/pki/devices/kitchen
  smp token create phone            a token for the API
  smp backup /media/stick/today     everything that is stored, checked
  smp decode --key HEX capture.bin  what a capture says
`;

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** A process of the platform: its code is loaded only when it is asked for. */
function processCommand(name: string, description: string, run: (options: object) => Promise<void>): Command {
  return new Command(name)
    .description(description)
    .addHelpText("after", "\nIts settings come from the environment: README.md and docs/operate/ name them.")
    .action(run);
}

/**
 * The commands of each package, in the order of the help. Only the package whose command is asked for is loaded, so that a small
 * computer at a meter loads no server; for help, or a word that is no command, all are.
 */
const PACKAGES: readonly { names: readonly string[]; load: () => Promise<Command[]> }[] = [
  {
    names: ["backup", "restore"],
    load: () => import("@smp/store").then((store) => [store.backupCommand(), store.restoreCommand()]),
  },
  {
    names: ["edge", "simulate", "decode", "enrol", "doctor"],
    load: () =>
      import("@smp/edge").then((edge) => [
        edge.edgeCommand(),
        edge.simulateCommand(),
        edge.decodeCommand(),
        edge.enrolCommand(),
        edge.doctorCommand(),
      ]),
  },
  {
    names: ["conform"],
    load: () => import("@smp/bridge/conform").then((conform) => [conform.conformCommand()]),
  },
  {
    names: ["ca", "device", "invite", "consumer", "service"],
    load: () =>
      import("@smp/certs").then((certs) => [
        certs.caCommand(),
        certs.deviceCommand(),
        certs.inviteCommand(),
        certs.consumerCommand(),
        certs.serviceCommand(),
      ]),
  },
  {
    names: ["extension"],
    load: () => import("@smp/extensions").then((extensions) => [extensions.extensionCommand()]),
  },
  {
    names: ["token", "meter", "prices"],
    load: async () => {
      const [api, { connectAdmin }] = await Promise.all([import("@smp/api"), import("./admin.ts")]);
      return [
        api.tokenCommand(connectAdmin),
        api.meterCommand(connectAdmin),
        api.pricesCommand(connectAdmin),
      ];
    },
  },
];

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
      (await import("./services/broker.ts")).runBroker(),
    ),
  )
  .addCommand(
    processCommand(
      "bridge",
      "run ingest from another MQTT broker (MQTT_URL) into Kafka",
      async (options: { mqtt?: string; share?: string }) =>
        (await import("./services/bridge.ts")).runBridge(options),
    )
      .option("--mqtt <url>", "the broker: mqtts://host:port or mqtt://host:port (MQTT_URL)")
      .option(
        "--share <group>",
        "share the readings with the other bridges of this group (SMP_BRIDGE_SHARE)",
      ),
  )
  .addCommand(
    processCommand("load", "run the loader from Kafka into the store", async () =>
      (await import("./services/load.ts")).runLoad(),
    ),
  )
  .addCommand(
    processCommand(
      "processors",
      "run the processor extensions of SMP_EXTENSIONS on the readings in Kafka",
      async () => (await import("./services/processors.ts")).runProcessors(),
    ),
  )
  .addCommand(
    processCommand("api", "run the HTTP API and the app", async () =>
      (await import("./services/api.ts")).runApi(),
    ),
  )
  .addCommand(
    processCommand("est", "run the server at which devices enrol and renew their certificates", async () =>
      (await import("./services/est.ts")).runEst(),
    ),
  );

const asked = process.argv[2] ?? "";
const isAProcess = program.commands.some((command) => command.name() === asked);
const meant = PACKAGES.filter(({ names }) => names.includes(asked));
for (const { load } of isAProcess || meant.length > 0 ? meant : PACKAGES)
  for (const command of await load()) program.addCommand(command);

// Who reads may have seen enough (`| head`): a command ends then, as others do; a server goes on, on a full disk too.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (isAProcess) return;
  if (error.code !== "EPIPE") throw error;
  process.exit(141);
});

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
