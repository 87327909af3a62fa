// Runs Kafka and QuestDB until Ctrl-C: `node scripts/stack/run.js`. The printed lines are for a shell's `export`.
import { once } from "node:events";
import { startStack } from "./stack.js";

const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
try {
  const stack = await startStack({ jvm: ["-Xmx1g"] });
  for (const [name, value] of Object.entries(stack.env)) console.log(`export ${name}=${value}`);
  console.error("Ready. Ctrl-C stops the servers and removes their data.");
  const alive = setInterval(() => {}, 60_000);
  await interrupted;
  clearInterval(alive);
  await stack.close();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
