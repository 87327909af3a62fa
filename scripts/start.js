// `npm start`: from a fresh clone to the running platform.
import { prepare } from "./lib/prepare.js";

try {
  prepare();
} catch (error) {
  console.error(`\nCould not get ready: ${error.message}`);
  process.exit(1);
}
const { main } = await import("../dist/start.js");
await main();
