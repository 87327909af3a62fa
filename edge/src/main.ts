/** `node edge/dist/main.js`: the edge as a process of its own, for containers and systemd. */
import { edgeCommand } from "./edge-command.ts";

await edgeCommand().parseAsync();
