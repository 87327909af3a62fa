import type { Client } from "aedes";

/** What mqtt-packet's parser asks of the bytes that have come: a BufferList of the package bl. */
interface ByteList {
  get(index: number): number;
  readUInt8(offset: number): number;
  readUInt16BE(offset: number): number;
}

/**
 * For each byte that the parser looks at, bl cuts out a Buffer of its own, five times a PUBLISH. This reads them where they
 * are. It reaches into mqtt-packet 9, as `limitPackets` does; after an error the parser has a new list, and is only slower.
 */
export function readInPlace(client: Client): void {
  const list = (client as unknown as { _parser: { _list: ByteList } })._parser._list;
  list.readUInt8 = (offset) => list.get(offset);
  list.readUInt16BE = (offset) => list.get(offset) * 256 + list.get(offset + 1);
}
