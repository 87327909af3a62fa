/** `node edge/dist/main.js`: the edge as a process of its own, for containers and systemd. */
import { edgeCommand } from "./commands/edge.ts";

await edgeCommand().parseAsync();
