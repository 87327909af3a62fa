import type { Client } from "aedes";

/** What Aedes 1.2.0 keeps of a client that it reads. */
interface Reader {
  _parser: { parse(bytes: Buffer): number };
  /** Packets under way, of what was read last. */
  _parsingBatch: number;
  _paused?: boolean;
  connackSent: boolean;
  _nextBatch: (error?: Error | null) => void;
}

/**
 * Aedes waits for a stream to be readable, which Node says a tick after each chunk, and asks it for more after each packet. Here a
 * chunk is parsed when it comes, by Aedes' own rule: not while packets of the last one are under way. Then it stays in the stream,
 * which so has not ended before it was read: a DISCONNECT may be in it. It reaches into Aedes 1.2.0, as `limitPackets` does.
 *
 * What comes between a CONNECT and its CONNACK waits, too, as a client may send it (MQTT 3.1.1, 3.1.4): Aedes only holds what is in
 * one chunk with the CONNECT, and took the first packet of the next one as nobody's.
 */
export function readAtOnce(client: Client): void {
  const { conn } = client;
  const reader = client as unknown as Reader;

  /** Each chunk, and each packet's end, counts one packet less; at none it goes on. */
  const goesOn = (): boolean => {
    if (reader._paused || (client.connecting && !reader.connackSent)) return false;
    reader._parsingBatch = Math.max(0, reader._parsingBatch - 1);
    return reader._parsingBatch === 0;
  };

  conn.removeListener("readable", reader._nextBatch);
  reader._nextBatch = (error) => {
    if (error) client.emit("error", error);
    else if (goesOn() && conn.isPaused()) conn.resume();
  };
  conn.on("data", (chunk: Buffer) => {
    if (client.closed) return;
    if (goesOn()) {
      reader._parser.parse(chunk);
      return;
    }
    conn.pause();
    conn.unshift(chunk);
  });
}
