export interface ParsedEvent {
  event: string;
  id?: string;
  data: unknown;
}

/** Parses whole server-sent events, data as JSON. */
export const eventsOf = (text: string): ParsedEvent[] =>
  text
    .split("\n\n")
    .filter((block) => block.includes("data:"))
    .map((block) => {
      const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      const id = field("id");
      return {
        event: field("event") ?? "message",
        ...(id === undefined ? {} : { id }),
        data: JSON.parse(field("data") ?? "null") as unknown,
      };
    });

/** Reads a stream's events one after another. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";
  #ended = false;

  constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  /** The next event of a kind; undefined when the stream ends first. */
  async next(kind?: string): Promise<ParsedEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const [event] = eventsOf(this.#text.slice(0, end + 2));
        this.#text = this.#text.slice(end + 2);
        if (event && (kind === undefined || event.event === kind)) return event;
        continue;
      }
      if (this.#ended) return undefined;
      const { value, done } = await this.#reader.read();
      this.#ended = done;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}
