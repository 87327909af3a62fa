import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addService } from "../src/leaf/issue.ts";
import { freePort, startProgram, type Program } from "./foreign-program.ts";

export const MOSQUITTO = "/usr/sbin/mosquitto";

/** Debian's mosquitto with the files of a service, which takes the user's name from the certificate. */
export async function startMosquitto(
  dir: string,
  more: readonly string[] = [],
): Promise<{ port: number; broker: Program }> {
  const { files } = await addService({ dir, id: "broker", hostnames: ["localhost", "127.0.0.1"] });
  const port = await freePort();
  await writeFile(join(dir, "acl"), "pattern write sm/v1/%u/#\nuser tap\ntopic read sm/v1/#\n");
  await writeFile(
    join(dir, "mosquitto.conf"),
    [
      `listener ${port} 127.0.0.1`,
      `cafile ${files.ca}`,
      `certfile ${files.cert}`,
      `keyfile ${files.key}`,
      "require_certificate true",
      "use_identity_as_username true",
      `acl_file ${join(dir, "acl")}`,
      "log_dest stderr",
      "log_type all",
      ...more,
      ...(process.getuid?.() === 0 ? ["user root"] : []),
    ].join("\n"),
  );
  const broker = startProgram(MOSQUITTO, "-c", join(dir, "mosquitto.conf"));
  await broker.until(/mosquitto version .* running/);
  return { port, broker };
}
