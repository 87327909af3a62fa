import { readFile } from "node:fs/promises";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { messageOf, PlatformError, refusalOf } from "@smp/schemas";
import mqttPacket, { type Packet } from "mqtt-packet";
import type { Observation } from "./observation.ts";

export interface StandInOptions {
  host: string;
  port: number;
  /** PEM files: the broker's certificate and key, the CA of the devices. */
  certFile: string;
  keyFile: string;
  caFile: string;
  seen: Observation;
  /** After so many readings one gets no PUBACK and its connection is cut, to see whether it comes again. */
  withholdAfter: number;
  now?: () => number;
  /** A sentence about what just happened, for somebody who watches. */
  tell?: (sentence: string) => void;
}

export interface StandIn {
  port: number;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 8;

/** Stands in for the broker towards one device: acknowledges what comes, keeps nothing, and writes down how it came. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const [cert, key, ca] = await Promise.all(
    [options.certFile, options.keyFile, options.caFile].map((file) =>
      readFile(file).catch((cause: unknown) => {
        throw new PlatformError(
          "config",
          `${file} cannot be read: ${refusalOf(cause)}. --data names the platform's data folder, which has pki/ in it.`,
          { cause },
        );
      }),
    ),
  );
  const server = createServer({
    cert,
    key,
    ca,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
  });
  server.maxConnections = CONNECTIONS_MAX;
  const sockets = new Set<TLSSocket>();
  server.on("secureConnection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, options);
  });
  server.on("tlsClientError", (error) =>
    options.tell?.(
      `A connection failed in TLS: ${error.message}. Has the device a certificate of this platform?`,
    ),
  );
  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function listen(server: Server, { host, port }: StandInOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new PlatformError(
              "port-in-use",
              `Port ${port} is taken: stop the platform while you watch, or choose another --port.`,
            )
          : new PlatformError("config", `Nobody can listen at ${host}, port ${port}: ${messageOf(error)}.`),
      ),
    );
    server.listen(port, host, resolve);
  });
}

function serve(socket: TLSSocket, { seen, withholdAfter, now = Date.now, tell }: StandInOptions): void {
  const name = socket.getPeerCertificate().subject?.CN;
  if (name !== seen.device) {
    tell?.(`${name} connected, but ${seen.device} is watched: it is turned away.`);
    socket.destroy();
    return;
  }
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  const send = (packet: Packet): boolean => socket.write(mqttPacket.generate(packet));
  let inFlight = 0;
  // What arrives in one piece was sent without waiting: it is answered after all of it is read.
  const answer = (packet: Packet): void => {
    setImmediate(() => {
      inFlight--;
      if (socket.writable) send(packet);
    });
  };
  parser.on("packet", (packet: Packet) => {
    if (packet.cmd === "connect") {
      seen.connected(packet, now());
      tell?.(`${seen.device} connected.`);
      send({ cmd: "connack", returnCode: packet.protocolVersion === 4 ? 0 : 1, sessionPresent: false });
    } else if (packet.cmd === "publish") {
      inFlight++;
      seen.published(packet, inFlight, now());
      if (seen.withheld === 0 && packet.qos === 1 && seen.readings >= withholdAfter) {
        seen.withhold(packet, now());
        tell?.("One reading gets no PUBACK, and the connection is cut: it has to come again.");
        socket.destroy();
      } else if (packet.qos === 1) answer({ cmd: "puback", messageId: packet.messageId ?? 0 });
      else inFlight--;
    } else if (packet.cmd === "subscribe")
      send({ cmd: "suback", messageId: packet.messageId ?? 0, granted: packet.subscriptions.map(() => 0) });
    else if (packet.cmd === "unsubscribe")
      send({ cmd: "unsuback", messageId: packet.messageId ?? 0, granted: [] });
    else if (packet.cmd === "pingreq") send({ cmd: "pingresp" });
    else if (packet.cmd === "disconnect") socket.end();
  });
  parser.on("error", (error: Error) => {
    tell?.(`Something that is no MQTT 3.1.1 came: ${error.message}.`);
    socket.destroy();
  });
  socket.on("data", (chunk: Buffer) => parser.parse(chunk));
  socket.on("error", () => undefined);
  socket.once("close", () => seen.disconnected(now()));
}
