import { expect, onTestFinished, test } from "vitest";
import { freePort, spawnPlatform } from "../support/platform-process.ts";

test.each(["api", "processors"])(
  "`smp %s` starts while its store and Kafka are away, and waits for them",
  async (command) => {
    const [port, away] = [await freePort(), await freePort()];
    const settings = {
      SMP_STORE: "questdb",
      QUESTDB_URL: `http://127.0.0.1:${away}`,
      QUESTDB_PG_URL: `postgresql://admin:quest@127.0.0.1:${away}/qdb`,
      KAFKA_BROKERS: `127.0.0.1:${away}`,
      SMP_EXTENSIONS: "peak-alert",
      [command === "api" ? "SMP_HTTP_PORT" : "SMP_HEALTH_PORT"]: String(port),
    };
    const url = `http://127.0.0.1:${port}`;
    const process = await spawnPlatform(settings, `${url}/healthz`, [command]);
    onTestFinished(() => process.kill());
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await process.stop()).toBe(0);
  },
);
