import { spawn, type ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { addConsumer, addDevice, addService, initCa, type BundleFiles } from "@smp/certs";
import { freePort, until } from "./platform-process.ts";

export interface Mosquitto {
  port: number;
  pki: string;
  device(id: string): Promise<BundleFiles>;
  stop(): Promise<void>;
}

/** The configuration of a mosquitto at home, open to its network, with the bridges that it shall keep. */
export async function writeHomeConfiguration(
  file: string,
  port: number,
  ...bridges: string[]
): Promise<void> {
  // Started as root it would become the user mosquitto, who cannot read this folder.
  const settings = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "log_type all",
    `user ${userInfo().username}`,
  ];
  await writeFile(file, [...settings, ...bridges].join("\n"));
}

/** Debian's mosquitto with the configuration that docs/operate/other-brokers.md gives, and our certificates. */
export async function startMosquitto(dir: string, configuration: string): Promise<Mosquitto> {
  const port = await freePort();
  const pki = join(dir, "pki");
  await initCa({ dir: pki });
  await addService({ dir: pki, id: "mosquitto", hostnames: ["127.0.0.1"] });
  await addConsumer({ dir: pki, id: "smp-bridge" });
  const services = join(pki, "services/mosquitto");
  const acl = join(dir, "acl");
  const [conf = "", rights = ""] = configuration.split("# acl\n");
  await writeFile(acl, rights);
  await writeFile(
    join(dir, "mosquitto.conf"),
    // Started as root it would become the user mosquitto, who cannot read this folder.
    `user ${userInfo().username}\n${conf}`
      .replaceAll("/etc/mosquitto/certs", services)
      .replace("/etc/mosquitto/acl", acl)
      .replace("/var/lib/mosquitto/", `${dir}/`)
      .replace("listener 8883", `listener ${port} 127.0.0.1`),
  );
  const child: ChildProcess = spawn("/usr/sbin/mosquitto", ["-c", join(dir, "mosquitto.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await until("mosquitto to listen", async () => {
    if (child.exitCode !== null) throw new Error(`mosquitto ended:\n${output}`);
    return await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      }).once("error", () => resolve(false));
    });
  });
  return {
    port,
    pki,
    device: async (id) => (await addDevice({ dir: pki, id })).files,
    async stop() {
      child.kill("SIGTERM");
      await gone;
    },
  };
}
