import type { Store } from "@smp/store";
import { HOUR_METERS, NOW } from "./houses.ts";

/** 1,000 meters every 5 seconds, committed every 50 ms as the embedded platform does. */
export function startWriting(store: Store): { stop(): Promise<number[]> } {
  const times: number[] = [];
  const ended = new AbortController();
  const writing = (async () => {
    for (let batch = 0; !ended.signal.aborted; batch++) {
      const start = performance.now();
      await store.append(
        Array.from({ length: 10 }, (_, index) => {
          const reading = batch * 10 + index;
          const t = NOW + Math.floor(reading / 1_000) * 5_000;
          const meter = HOUR_METERS[reading % 1_000] ?? "";
          const r = { "1-0:1.8.0": 2_000_000 + t / 5_000, "1-0:16.7.0": 400, "1-0:32.7.0": 230.1 };
          return { meter, device: meter, t, received: t, r };
        }),
      );
      times.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 50 - (performance.now() - start)));
    }
  })();
  return {
    stop: async () => {
      ended.abort();
      await writing;
      return times;
    },
  };
}
