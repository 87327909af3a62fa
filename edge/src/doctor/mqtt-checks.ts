import { brokerAddress, errorTopic, readingTopic } from "@smp/schemas";
import type { MqttClient } from "mqtt";
import { describeProblem } from "../publisher/describe-problem.ts";
import { explainConnectionError } from "../explain.ts";
import { failed, ok, unknown, type Found } from "./finding.ts";
import type { OwnIdentity } from "./own-certificate.ts";

const CONNECT_MS_MAX = 10_000;
const ACK_MS_MAX = 10_000;
const ERROR_MS = 3_000;
const MIRROR_MS = 5_000;
const REFUSED = 128;

export interface MqttTarget {
  readonly url: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A connection, and what arrives on it. */
export interface Line {
  readonly client: MqttClient;
  readonly messages: { topic: string; payload: Buffer }[];
  end(): Promise<void>;
}

const BROKER_LOG = "the broker's log has a sentence on it; MQTT 3.1.1 has none for the client";

/** CONNECT, without a client id: so a running device of the same name is not pushed out. */
export async function checkConnect(target: MqttTarget): Promise<{ found: Found; line?: Line }> {
  const { connect } = await import("mqtt");
  const { url, ...tls } = target;
  const client = connect({
    ...brokerAddress(url),
    ...tls,
    protocolVersion: 4,
    clientId: "",
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS_MAX,
    rejectUnauthorized: true,
  });
  const messages: Line["messages"] = [];
  client.on("message", (topic, payload) => void messages.push({ topic, payload }));
  let lastError: Error | undefined;
  client.on("error", (error) => (lastError = error));
  const opened = await new Promise<boolean>((resolve) => {
    client.once("connect", () => resolve(true));
    client.once("close", () => resolve(false));
  });
  if (!opened) {
    client.end(true);
    return { found: explain(lastError, new URL(url).host) };
  }
  const end = async (): Promise<void> => {
    await client.endAsync(true).catch(() => undefined);
  };
  return { found: ok("the broker lets this identity in"), line: { client, messages, end } };
}

function explain(error: (Error & { code?: number | string }) | undefined, host: string): Found {
  const { code } = error ?? {};
  if (code === 5 || code === 4)
    return failed(
      "the broker knows the CA, but does not let this identity in: its certificate was revoked, or is not in the registry",
      `look at it where the platform runs: smp device list; ${BROKER_LOG}`,
    );
  if (code === 3)
    return failed(
      "the broker is not ready: it cannot reach the log that keeps readings",
      "wait, or see /readyz and the log of the broker; devices keep their readings until then",
    );
  if (code === 2)
    return failed("the broker refuses the client id", `use the certificate's name, or none; ${BROKER_LOG}`);
  if (code === 1) return failed("the broker does not speak MQTT 3.1.1", "is it the platform's broker?");
  const text = explainConnectionError(error ?? new Error("closed before it was established"), host);
  if (/connack timeout/i.test(text)) return failed(text, "is it an MQTT broker? Is it overloaded?");
  return failed(
    `the broker ends the connection behind the TLS handshake: ${text}`,
    `it does not accept the certificate: revoked, expired, or of another CA. TLS 1.3 does not tell a client which; ${BROKER_LOG}`,
  );
}

/** What this identity may do, and that it may do no more. */
export async function checkRights(
  line: Line,
  { role, id }: OwnIdentity,
  topic: string | undefined,
): Promise<Found> {
  if (topic !== undefined && !topic.startsWith(`sm/v1/${id}/`))
    return failed(
      `a device ${id} may not publish to ${topic}: the broker closes the connection without a word, which is all that MQTT 3.1.1 can do`,
      `publish below sm/v1/${id}/: reading, status, info or raw/…`,
    );
  const own = role === "device" ? errorTopic(id) : "live/v1/#";
  if ((await subscribe(line, own)) === REFUSED)
    return failed(`the broker does not let ${role} ${id} subscribe to ${own}`, BROKER_LOG);
  const foreign = role === "device" ? "live/v1/#" : "sm/v1/+/reading";
  if ((await subscribe(line, foreign)) !== REFUSED)
    return failed(
      `the broker lets ${role} ${id} subscribe to ${foreign}, which is not its own`,
      "this is no broker of the platform, or its access list is open: see docs/operate/other-brokers.md",
    );
  return ok(`may subscribe to ${own}, and not to ${foreign}`);
}

const subscribe = (line: Line, topic: string): Promise<number> =>
  new Promise((resolve) => {
    line.client.subscribe(topic, { qos: 0 }, (error, granted, packet) => {
      const codes = packet?.granted as readonly number[] | undefined;
      resolve(codes?.[0] ?? granted?.[0]?.qos ?? (error ? REFUSED : 0));
    });
  });

/** What the platform refuses to keep as a reading; it stands among the rejected messages, and says there what it is. */
const TEST_MESSAGE = "smp doctor: a test, and no reading";
const REFUSAL = { code: "unknown-encoding", byte: "0x73" } as const;

/**
 * A message goes the way of a reading, to the log and back on the error topic, and is none: a reading would be a meter of the
 * device's name in every list, for good.
 */
export async function checkReading({ client, messages }: Line, { role, id }: OwnIdentity): Promise<Found> {
  if (role !== "device") return unknown("only devices publish: not tried");
  const closed = new Promise<"closed">((resolve) => client.once("close", () => resolve("closed")));
  const sent = client
    .publishAsync(readingTopic(id), TEST_MESSAGE, { qos: 1 })
    .then(() => "acknowledged" as const)
    .catch(() => "closed" as const);
  const outcome = await Promise.race([sent, closed, after(ACK_MS_MAX, "late" as const)]);
  if (outcome === "closed")
    return failed(
      "the broker closed the connection on the message",
      `it is no device's to publish there; ${BROKER_LOG}`,
    );
  if (outcome === "late")
    return failed(
      `no PUBACK within ${ACK_MS_MAX / 1_000} s: the platform cannot keep readings at the moment`,
      "see /readyz and the log of the broker; a device keeps its readings and sends them again",
    );
  const problems = (): string[] =>
    messages.filter(({ topic }) => topic === errorTopic(id)).map(({ payload }) => payload.toString());
  const isOurs = (problem: string): boolean =>
    problem.includes(REFUSAL.code) && problem.includes(REFUSAL.byte);
  for (const until = performance.now() + ERROR_MS; performance.now() < until && problems().length === 0;)
    await after(50, undefined);
  const other = problems().find((problem) => !isOurs(problem));
  // Of the same device, at work beside the doctor.
  if (other !== undefined) return failed(describeProblem(Buffer.from(other)), "mend what the sentence says");
  if (problems().length === 0)
    return failed(
      `the test message was acknowledged, but ${errorTopic(id)} is silent: who took it does not read it`,
      "is this the platform's broker? With another one, does smp bridge run? See docs/operate/other-brokers.md",
    );
  return ok(
    "a test message was acknowledged and judged: what this device sends reaches the platform (it is no reading, and stands among the rejected messages)",
  );
}

/** Whether the newest reading is shown to those who may see it. */
export async function checkMirror(tap: Line, meter: string | undefined): Promise<Found> {
  const isIt = (topic: string): boolean =>
    meter === undefined
      ? topic.startsWith("live/v1/")
      : topic === `live/v1/${meter}` || topic.startsWith(`live/v1/${meter}.`);
  const until = performance.now() + MIRROR_MS;
  while (performance.now() < until && !tap.messages.some(({ topic }) => isIt(topic)))
    await after(50, undefined);
  const seen = tap.messages.find(({ topic }) => isIt(topic));
  if (seen) return ok(`${seen.topic} shows ${seen.payload.toString().slice(0, 120)}`);
  return meter === undefined
    ? unknown("no reading is on live/v1/… yet, or this consumer may see no meter that has one")
    : failed(
        `no reading of ${meter} is on live/v1/${meter}`,
        "if it has sent none yet, let it send one and look again; else, does the consumer's certificate allow this meter? smp consumer show NAME",
      );
}

export const subscribeMirror = (tap: Line): Promise<number> => subscribe(tap, "live/v1/#");

const after = <T>(ms: number, value: T): Promise<T> =>
  new Promise((resolve) => void setTimeout(resolve, ms, value));
