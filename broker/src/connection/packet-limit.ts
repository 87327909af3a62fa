import type { Client } from "aedes";

/** The part of mqtt-packet's parser that knows a packet's length before its bytes are buffered. */
interface LengthParser {
  packet: { length: number };
  _parseLength(): boolean;
  emit(event: "error", error: Error): void;
}

/**
 * Aedes has no limit on packet sizes (aedes#831): a client that announces 256 MB is buffered. This closes the
 * connection as soon as the length is read. It reaches into Aedes 1.2.0 and mqtt-packet 9, which is why their versions
 * are pinned and a test holds it.
 */
export function limitPackets(client: Client, maxBytes: () => number): void {
  const parser = (client as unknown as { _parser: LengthParser })._parser;
  const parseLength = parser._parseLength.bind(parser);
  parser._parseLength = () => {
    if (!parseLength()) return false;
    const { length } = parser.packet;
    if (length <= maxBytes()) return true;
    parser.emit("error", new Error(`packet of ${length} bytes announced, at most ${maxBytes()} are allowed`));
    return false;
  };
}
