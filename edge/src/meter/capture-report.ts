import { PlatformError } from "@smp/schemas";
import type { DecodeFault, DecoderEvent, DecoderStats, SealedTelegram } from "./telegram.ts";

/** Different errors in the summary; a capture of noise must not fill the screen. */
const ERRORS_MAX = 50;

/** Turns a decoder's events into lines: one JSON object for each telegram, then a summary. */
export class CaptureReport {
  readonly #print: (line: string) => void;
  readonly #errors = new Map<string, number>();
  /** Telegrams that were whole, but closed without their key. */
  #sealed = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  add(events: readonly DecoderEvent[]): void {
    for (const event of events)
      if (event.kind === "telegram") this.#print(JSON.stringify(event.telegram));
      else this.#addFault(event.fault);
  }

  #addFault({ code, message, sealed, list }: DecodeFault): void {
    if (list !== undefined) this.#print(JSON.stringify({ list }));
    if (code === "key-missing" && sealed !== undefined) {
      this.#sealed++;
      this.#print(JSON.stringify(toLine(sealed)));
    }
    const text = `${code}: ${message}`;
    const times = this.#errors.get(text) ?? 0;
    if (times > 0 || this.#errors.size < ERRORS_MAX) this.#errors.set(text, times + 1);
  }

  /** Prints the summary; the error to end with, when the source failed or nothing in it could be decoded. */
  finish({ telegrams, discardedBytes, bytes }: DecoderStats, failure: unknown): unknown {
    const errors = [...this.#errors].map(([text, times]) =>
      times === 1 ? text : `${text} (${times} times)`,
    );
    if (failure instanceof PlatformError) errors.push(failure.message);
    this.#print(JSON.stringify({ telegrams, discardedBytes, errors }));
    if (failure !== undefined || telegrams + this.#sealed > 0) return failure;
    if (bytes === 0) return new PlatformError("nothing-decoded", "the capture is empty");
    const reason =
      errors.at(-1) ??
      "no telegram of a known protocol begins in them; try --protocol, or --hex for hex text";
    return new PlatformError(
      "nothing-decoded",
      `none of the capture's ${bytes} bytes could be decoded: ${reason}`,
    );
  }
}

/** The form of a telegram with all that is known without the key. */
function toLine({ protocol, frameCounter, systemTitle, ...lengths }: SealedTelegram): object {
  const unknown = { profile: null, meter: null, time: null, t: null };
  return { protocol, ...unknown, frameCounter, systemTitle, registers: {}, texts: {}, ...lengths };
}
