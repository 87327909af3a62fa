/** How a capture is written: raw bytes, hex digits as a person reads them, or a test vector with `frames_hex` or `text`. */
export type CaptureFormat = "binary" | "hex" | "vector-json";

export interface CapturePiece {
  bytes: Uint8Array;
  /** Whether the capture shows that a telegram begins here. */
  startsTelegram: boolean;
}

const HEX_TEXT = /^(?:[\s0-9a-f]|#[^\n]*(?:\n|$))*$/i;
const PIECE_DIGITS = 8192;

/** A guess by the first bytes: `{` is a vector, nothing but hex digits, blanks and comments is hex. */
export function detectFormat(beginning: Buffer): CaptureFormat {
  const text = beginning.toString("latin1");
  if (text.trimStart().startsWith("{")) return "vector-json";
  return text.trim() !== "" && HEX_TEXT.test(text) ? "hex" : "binary";
}

/** @throws Error saying what a vector must have. */
export function vectorBytes(json: string): Buffer {
  const vector = JSON.parse(json) as { frames_hex?: unknown; text?: unknown };
  if (typeof vector.frames_hex === "string") return hexBytes(vector.frames_hex.replaceAll(/\s/g, ""), 1);
  if (typeof vector.text === "string") return Buffer.from(vector.text, "latin1");
  throw new Error('it is JSON, but has neither "frames_hex" nor "text"');
}

/**
 * Hex digits with blanks anywhere and comments from `#` to the line's end; an empty line begins a new telegram.
 *
 * @throws Error with the line of a character that does not belong there.
 */
export async function* hexPieces(text: AsyncIterable<string>): AsyncGenerator<CapturePiece, void> {
  let digits = "";
  let line = 1;
  let lineIsEmpty = true;
  let comment = false;
  let startsTelegram = true;
  const take = (count: number): CapturePiece => {
    const piece = { bytes: hexBytes(digits.slice(0, count), line), startsTelegram };
    digits = digits.slice(count);
    startsTelegram = false;
    return piece;
  };
  for await (const part of text)
    for (const character of part) {
      if (character === "\n") {
        if (lineIsEmpty && digits !== "") yield take(digits.length);
        if (lineIsEmpty) startsTelegram = true;
        line++;
        lineIsEmpty = true;
        comment = false;
      } else if (character === "#") {
        comment = true;
        lineIsEmpty = false;
      } else if (!comment && character.trim() !== "") {
        lineIsEmpty = false;
        digits += character;
        if (digits.length >= PIECE_DIGITS) yield take(PIECE_DIGITS);
      }
    }
  if (digits !== "") yield take(digits.length);
}

function hexBytes(digits: string, line: number): Buffer {
  const wrong = /[^0-9a-f]/i.exec(digits);
  if (wrong) throw new Error(`"${wrong[0]}" up to line ${line} is no hex digit`);
  if (digits.length % 2 !== 0)
    throw new Error(`the telegram up to line ${line} has an odd number of hex digits`);
  return Buffer.from(digits, "hex");
}
