import type { Aedes, Client, PublishPacket } from "aedes";
import type { Logger } from "pino";
import type { MessageHandler } from "../messages/messages.ts";
import type { Refuse } from "../refusal-log.ts";
import { TOO_MANY_PACKETS } from "../connection/packet-limit.ts";
import { Refusal } from "../refusal.ts";
import type { Sessions } from "./sessions.ts";

type Publish = (packet: PublishPacket, client?: unknown, done?: (error?: Error | null) => void) => void;

/** Nobody may subscribe to readings: what the ingest has taken needs no way through Aedes' queues. */
export function keepReadingsOffTheRoutes(broker: Aedes, messages: Pick<MessageHandler, "isRouted">): void {
  const route = broker.publish.bind(broker) as Publish;
  const publish: Publish = (packet, client, done) => {
    const isFromDevice = typeof client === "object" && client !== null;
    if (isFromDevice && !messages.isRouted(packet)) done?.(null);
    else route(packet, client, done);
  };
  Object.assign(broker, { publish });
}

/**
 * Aedes' message queue (mqemitter 7) goes on to the next message by recursion when one has no subscriber: after a stall
 * some thousands of them overflow the stack and end the process. A listener that answers later breaks the recursion.
 */
export function breakRecursion(broker: Aedes): void {
  broker.subscribe(
    "#",
    (_packet, done) => void setImmediate(done),
    () => undefined,
  );
}

/** Errors of Aedes that only say that a connection is gone. */
const GONE =
  /^(?:connection closed|read ECONNRESET|write EPIPE|Premature close|write ECONNRESET|This socket has been ended)/;
const REASONS: Readonly<Record<string, string>> = {
  "keep alive timeout": "keepalive-timeout",
  "drain timeout": "frozen-subscriber",
  "connect did not arrive in time": "connect-timeout",
  "unacceptable protocol version": "protocol-version",
  [TOO_MANY_PACKETS]: "packet-rate",
};

/** What the client's owner is to change, where the cause does not say it. */
const MENDS: Readonly<Record<string, string>> = {
  "unacceptable protocol version": "set the client to MQTT 3.1.1",
};

export interface FollowPorts {
  sessions: Sessions;
  refuse: Refuse;
  logger: Logger;
}

/** Keeps the list of sessions true to Aedes' clients, and writes down why one was disconnected. */
export function followClients(broker: Aedes, { sessions, refuse, logger }: FollowPorts): void {
  const onError = (client: Client, error: Error): void => {
    // A refusal was logged where it was decided.
    if (error instanceof Refusal) return;
    const session = sessions.of(client);
    if (GONE.test(error.message)) {
      logger.debug({ session: session?.name, cause: error.message }, "connection lost");
      return;
    }
    const why = `${session?.name ?? "A client that had not connected"} was disconnected: ${error.message}`;
    const mend = MENDS[error.message];
    refuse(new Refusal(REASONS[error.message] ?? "protocol", `${why}${mend ? `: ${mend}` : ""}.`), {
      address: session?.address,
    });
  };
  broker.on("clientError", onError);
  broker.on("connectionError", onError);
  broker.on("clientReady", (client) => logger.debug({ session: client.id }, "client connected"));
  broker.on("clientDisconnect", (client) => {
    logger.debug({ session: client.id }, "client disconnected");
    sessions.remove(client);
  });
  broker.on("unsubscribe", (filters, client) => sessions.unsubscribed(client, filters));
  // Aedes has no typed "error" event, yet emits one when its persistence fails.
  (broker as NodeJS.EventEmitter).on("error", (error: Error) =>
    logger.error({ err: error }, "the broker's memory failed"),
  );
}
