import { setImmediate as turn } from "node:timers/promises";
import type { ClosableIngest } from "@smp/bridge";
import type { Broker, SiblingWords } from "@smp/broker";
import { onOwn, passOverOthers, readOthers } from "@smp/bridge/kafka";
import type { NormalisedReading } from "@smp/schemas";
import { followsLog } from "../follow-log.ts";
import { readProcesses } from "./config.ts";
import type { Siblings } from "./worker.ts";

/** Readings in one word. */
const CHUNK = 200;
/** Written batches are told so often, for each process that hears of them: the first process, which passes it on, has work in proportion. */
const TELL_MS = 5;

const EARLY_MAX = 10_000;

interface Words extends SiblingWords {
  /** Batches that were written to Kafka. */
  written?: number[];
  /** Somebody begins to listen here. */
  listened?: true;
  newest?: NormalisedReading[];
}

/**
 * What the brokers of several processes tell each other. While nobody listens to the live mirror of one, it does not read what the others
 * write, which took nearly as much of its time as its own devices; when somebody begins to, they hand it the newest reading of each meter.
 */
export function siblingBrokers(siblings: Siblings): {
  tell: (words: SiblingWords) => void;
  listened: () => void;
  join: (parts: { broker: Broker; ingest: Pick<ClosableIngest, "left"> }) => void;
} {
  const tell = (words: Words): void => siblings.tell(words);
  /** What the others tell while this one's broker opens its port: theirs are open a moment earlier, and have devices. */
  const early: Words[] = [];
  let hear = (words: Words): void => void (early.length < EARLY_MAX && early.push(words));
  siblings.listen((word) => hear(word as Words));
  const isFollowing = followsLog();
  const tellMs = TELL_MS * readProcesses(process.env);
  let written: number[] = [];
  const tellWritten = (): void => {
    tell({ written });
    written = [];
  };
  let isHanding = false;
  let isAskedAgain = false;
  async function hand(broker: Broker): Promise<void> {
    isAskedAgain = isHanding;
    if (isHanding) return;
    isHanding = true;
    let newest: NormalisedReading[] = [];
    for (const reading of broker.newest()) {
      if (newest.push(reading) < CHUNK) continue;
      tell({ newest });
      newest = [];
      await turn();
    }
    tell({ newest });
    isHanding = false;
    if (isAskedAgain) await hand(broker);
  }
  return {
    tell,
    listened() {
      if (!isFollowing) return;
      readOthers();
      tell({ listened: true });
    },
    join({ broker, ingest }) {
      onOwn((key) => {
        if (written.push(key) === 1) setTimeout(tellWritten, tellMs);
      });
      hear = (words) => {
        broker.hear(words);
        if (words.began?.identity.role === "device") ingest.left(words.began.identity.id);
        if (words.written && !broker.isListened()) passOverOthers(words.written);
        if (words.listened) void hand(broker);
        if (words.newest) broker.show(words.newest);
      };
      early.splice(0).forEach(hear);
    },
  };
}
