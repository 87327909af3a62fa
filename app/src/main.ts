import { afterPaint } from "./ui/after-paint.ts";

/**
 * The page carries the frame of every screen in itself. A slow phone would parse and run the whole app before it painted that
 * frame: the app waits for one frame to be on the screen.
 */
const start = (): void => void import("./start.tsx");
/** A page out of sight has no frames. */
const HIDDEN_MS = 1_000;

afterPaint(start);
setTimeout(start, HIDDEN_MS);
