import type { Consumer, EachBatchPayload, Kafka } from "kafkajs";

const EVENTS = {
  HEARTBEAT: "heartbeat",
  FETCH: "fetch",
  GROUP_JOIN: "join",
  END_BATCH_PROCESS: "end",
  CRASH: "crash",
} as const;

/** A kafkajs consumer whose server is the test. */
export interface ScriptedConsumer {
  /** What Kafka heard, in order. */
  heard: string[];
  settings: Record<string, unknown>;
  /** Gives it records of one partition, the first with the offset 0; as Kafka answers to heartbeats meanwhile: `onHeartbeat`. */
  give(
    topic: string,
    values: readonly unknown[],
    onHeartbeat?: () => Promise<void>,
    /** Headers of all of them, how many more are there, and whether the partition has become another's meanwhile. */
    rest?: {
      headers?: Record<string, string>;
      waiting?: number;
      timestamp?: number;
      isRunning?: boolean;
      isStale?: boolean;
    },
  ): Promise<void>;
  happen(event: keyof typeof EVENTS, payload?: unknown): void;
}

/** `made` gets one for each consumer that is asked for; `refuse` fails the connection of the next ones. */
export function scriptedKafka(): { kafka: Kafka; made: ScriptedConsumer[]; refuse: { next: number } } {
  const made: ScriptedConsumer[] = [];
  const refuse = { next: 0 };
  const consumer = (settings: Record<string, unknown>): unknown => {
    const listeners = new Map<string, ((event: unknown) => void)[]>();
    const heard: string[] = [];
    let eachBatch: ((payload: EachBatchPayload) => Promise<void>) | undefined;
    made.push({
      heard,
      settings,
      async give(topic, values, onHeartbeat = () => Promise.resolve(), rest = {}) {
        const { headers = {}, waiting = 0, timestamp = 0, isRunning = true, isStale = false } = rest;
        const messages = values.map((value, offset) => ({
          offset: String(offset),
          key: Buffer.from((value as { meter?: string }).meter ?? ""),
          value: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
          timestamp: String(timestamp),
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
          ),
        }));
        const payload = {
          batch: {
            topic,
            partition: 0,
            messages,
            highWatermark: String(messages.length + waiting),
            lastOffset: () => String(messages.length - 1),
          },
          isRunning: () => isRunning,
          isStale: () => isStale,
          resolveOffset: (offset: string) => void heard.push(`resolve ${offset}`),
          heartbeat: async () => {
            heard.push("heartbeat");
            await onHeartbeat();
          },
        };
        await eachBatch?.(payload as unknown as EachBatchPayload);
      },
      happen(event, payload) {
        for (const listener of listeners.get(EVENTS[event]) ?? []) listener({ payload });
      },
    });
    return {
      events: EVENTS,
      on: (event: string, listener: (event: unknown) => void) =>
        void listeners.set(event, [...(listeners.get(event) ?? []), listener]),
      async connect() {
        if (refuse.next-- > 0) throw new Error("connection refused");
        heard.push("connect");
      },
      subscribe: async ({ topics, fromBeginning }: { topics: string[]; fromBeginning: boolean }) =>
        void heard.push(`subscribe ${topics.length}${fromBeginning ? "" : " from now"}`),
      run: async (run: { eachBatch: typeof eachBatch }) => {
        Object.assign(settings, run);
        eachBatch = run.eachBatch;
      },
      commitOffsets: async ([one]: [{ offset: string }]) => void heard.push(`commit ${one.offset}`),
      disconnect: async () => void heard.push("disconnect"),
    } as unknown as Consumer;
  };
  return { kafka: { consumer } as unknown as Kafka, made, refuse };
}
