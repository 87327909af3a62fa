import { statusTopic } from "@smp/schemas";
import type { Observation } from "./observation.ts";

export type Verdict = "met" | "broken" | "not seen";

/** One rule of the contract for devices. */
export interface Rule {
  id: string;
  /** must: else readings are lost, refused or wrong. should: else something is worse than it could be. */
  level: "must" | "should";
  says: string;
  judge: (seen: Observation) => readonly [Verdict, detail?: string];
}

export interface Judgement {
  id: string;
  level: Rule["level"];
  says: string;
  verdict: Verdict;
  detail?: string;
}

const met = ["met"] as const;
const notSeen = (detail: string): readonly [Verdict, string] => ["not seen", detail];
const broken = (detail: string): readonly [Verdict, string] => ["broken", detail];
const check = (holds: boolean, detail: string): readonly [Verdict, string?] => (holds ? met : broken(detail));

/** For rules about readings, when none came. */
const ofReadings =
  (judge: Rule["judge"]): Rule["judge"] =>
  (seen) =>
    seen.messages === 0 ? notSeen("no reading came") : judge(seen);

/** For rules about the connection, when there was none. */
const ofConnection =
  (judge: Rule["judge"]): Rule["judge"] =>
  (seen) =>
    seen.connect ? judge(seen) : notSeen("the device did not connect");

const share = (part: number, whole: number): string => `${whole - part} of ${whole}`;

export const RULES: readonly Rule[] = [
  {
    id: "D1",
    level: "must",
    says: "speaks MQTT 3.1.1",
    judge: ofConnection(({ connect }) =>
      check(connect?.protocolVersion === 4, `protocol level ${connect?.protocolVersion}: choose 3.1.1`),
    ),
  },
  {
    id: "D2",
    level: "must",
    says: "takes its own name as client id, or none",
    judge: ofConnection(({ foreignClientIds }) =>
      check(
        foreignClientIds.length === 0,
        `the client id is ${foreignClientIds.map((id) => `"${id}"`).join(", then ")}`,
      ),
    ),
  },
  {
    id: "D3",
    level: "must",
    says: "has a keepalive of 10 s to 5 minutes, so that a dead line is found",
    judge: ofConnection(({ connect }) =>
      check(
        (connect?.keepalive ?? 0) >= 10 && (connect?.keepalive ?? 0) <= 300,
        `it is ${connect?.keepalive} s`,
      ),
    ),
  },
  {
    id: "D4",
    level: "should",
    says: "leaves the retained will offline on its status topic",
    judge: ofConnection(({ connect, device }) => {
      const will = connect?.will;
      return check(
        will?.topic === statusTopic(device) && String(will.payload) === "offline" && will.retain === true,
        will ? `the will is "${String(will.payload).slice(0, 40)}" on ${will.topic}` : "there is no will",
      );
    }),
  },
  {
    id: "D5",
    level: "should",
    says: "says online, retained, on its status topic after connecting",
    judge: ofConnection(({ sawOnline }) => check(sawOnline, "it did not")),
  },
  {
    id: "D6",
    level: "must",
    says: "publishes to its own topics only",
    judge: ofConnection(({ foreignTopics }) => check(foreignTopics.length === 0, foreignTopics.join(", "))),
  },
  {
    id: "R1",
    level: "must",
    says: "sends readings that the contract accepts",
    judge: ofReadings(({ rejectedCount, rejected }) =>
      check(rejectedCount === 0, `${rejectedCount} rejected: ${rejected.join(" | ")}`),
    ),
  },
  {
    id: "R2",
    level: "must",
    says: "publishes readings with QoS 1: without a PUBACK nothing is promised",
    judge: ofReadings(({ qos0, qos2, messages }) =>
      qos2 > 0
        ? broken(`${qos2} of ${messages} messages had QoS 2, for which the platform ends the connection`)
        : check(qos0 === 0, `${qos0} of ${messages} messages had QoS 0`),
    ),
  },
  {
    id: "R3",
    level: "must",
    says: "does not retain readings",
    judge: ofReadings(({ retained, messages }) => check(retained === 0, `${retained} of ${messages} were`)),
  },
  {
    id: "R4",
    level: "must",
    says: "sends a reading again when its PUBACK did not come",
    judge: ofReadings(({ withheld, returned, wentOn, isUntold }) => {
      if (withheld === 0) return notSeen("no PUBACK was withheld: watch for longer");
      if (returned > 0) return met;
      if (!wentOn) return notSeen("no reading came after the one without PUBACK: watch for longer");
      return isUntold
        ? notSeen(
            "its readings carry neither t nor s, which would tell one that comes again from the next one",
          )
        : broken("a reading without PUBACK was not seen again");
    }),
  },
  {
    id: "R5",
    level: "must",
    says: "has counters that do not fall",
    judge: ofReadings(({ fallen }) => check(fallen.length === 0, fallen.join(" | "))),
  },
  {
    id: "R6",
    level: "should",
    says: "gives each reading its time, within 30 s of the true one",
    judge: ofReadings(({ withTime, readings, clockErrorMsMin = 0 }) =>
      withTime < readings
        ? broken(`${share(withTime, readings)} readings carry no t: the platform stamps the arrival`)
        : check(clockErrorMsMin <= 30_000, `the clock is ${Math.round(clockErrorMsMin / 1_000)} s off`),
    ),
  },
  {
    id: "R7",
    level: "should",
    says: "numbers its readings (s), without gaps, which makes a loss provable",
    judge: ofReadings(({ withSequence, readings, sequenceGaps }) =>
      withSequence < readings
        ? broken(`${share(withSequence, readings)} readings carry no s`)
        : check(sequenceGaps === 0, `${sequenceGaps} gaps`),
    ),
  },
  {
    id: "R8",
    level: "should",
    says: "sends CBOR",
    judge: ofReadings(({ jsonMessages }) =>
      check(jsonMessages === 0, "JSON came: it is taken, but is longer"),
    ),
  },
  {
    id: "R9",
    level: "should",
    says: "measures every 1 to 60 s",
    judge: ({ intervalsMs }) => {
      const median = [...intervalsMs].sort((a, b) => a - b)[Math.floor(intervalsMs.length / 2)];
      if (median === undefined) return notSeen("fewer than two readings of one meter came");
      return check(median >= 1_000 && median <= 60_000, `every ${(median / 1_000).toFixed(1)} s`);
    },
  },
  {
    id: "R10",
    level: "should",
    says: "has at most 16 readings in flight",
    judge: ofReadings(({ inFlightMax }) => check(inFlightMax <= 16, `${inFlightMax} were`)),
  },
  {
    id: "R11",
    level: "should",
    says: "waits a second or more before it connects again",
    judge: ({ reconnectMsMin }) =>
      reconnectMsMin === undefined
        ? notSeen("it did not connect a second time")
        : check(reconnectMsMin >= 1_000, `it waited ${reconnectMsMin} ms`),
  },
];

/** Every rule with what was seen of it. */
export const judgeDevice = (seen: Observation): Judgement[] =>
  RULES.map(({ id, level, says, judge }) => {
    const [verdict, detail] = judge(seen);
    return { id, level, says, verdict, ...(detail === undefined || verdict === "met" ? {} : { detail }) };
  });
