import { createReadStream } from "node:fs";
import { PlatformError } from "@smp/schemas";
import { Command, InvalidArgumentError, Option } from "commander";
import { captureBytes } from "./meter/capture-bytes.ts";
import { createMeterDecoder, type MeterDecoderOptions } from "./meter/decoder.ts";
import { PROFILES } from "./meter/profiles/table.ts";
import type { DecoderEvent, MeterDecoder, SealedTelegram } from "./meter/telegram.ts";

/** Where the command reads `-` from and writes to. */
export interface DecodeStreams {
  input: AsyncIterable<Uint8Array>;
  output: { write(text: string): unknown };
}

interface DecodeFlags {
  key?: Buffer;
  authKey?: Buffer;
  protocol?: NonNullable<MeterDecoderOptions["protocol"]>;
  profile?: string;
  timeZone: string;
  hex?: boolean;
}

/** Different errors in the summary; a capture of noise must not fill the screen. */
const ERRORS_MAX = 50;
const EXAMPLES = `
Examples:
  smp decode --key 36C66639E48A8CA4D6BC8B282A793BBB capture.bin
  xxd -p capture.bin | smp decode --hex -
`;

/** `smp decode`: what a capture says, one JSON object a line, then a summary. */
export function decodeCommand(
  streams: DecodeStreams = { input: process.stdin, output: process.stdout },
): Command {
  return new Command("decode")
    .description("decode a capture: one JSON object for each telegram, then a summary")
    .argument("<file>", "capture, bytes or hex text; - reads standard input")
    .addOption(new Option("--key <hex>", "the meter's encryption key, 32 hex digits").argParser(hexKey))
    .addOption(new Option("--auth-key <hex>", "its authentication key, 32 hex digits").argParser(hexKey))
    .addOption(
      new Option("--protocol <name>", "found out when absent").choices([
        "mbus",
        "hdlc",
        "dlms",
        "dsmr",
        "sml",
      ]),
    )
    .addOption(
      new Option("--profile <name>", "meter profile; found out when absent").choices(
        PROFILES.map(({ name }) => name),
      ),
    )
    .option("--time-zone <zone>", "IANA zone of clocks that state no offset", "Europe/Vienna")
    .option("--hex", "the capture is hex text; found out when absent")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, flags: DecodeFlags) => {
      const { timeZone, key, authKey, protocol, profile, hex = false } = flags;
      const decoder = createMeterDecoder({
        timeZone,
        ...(key === undefined ? {} : { key }),
        ...(authKey === undefined ? {} : { authKey }),
        ...(protocol === undefined ? {} : { protocol }),
        ...(profile === undefined ? {} : { profile }),
      });
      const source = file === "-" ? streams.input : fileBytes(file);
      await decodeCapture(captureBytes(source, hex), decoder, (line) => streams.output.write(`${line}\n`));
    });
}

/** The key itself must not appear in the message: it ends up in terminals, logs and questions to others. */
function hexKey(text: string): Buffer {
  const hex = text.replace(/0x|[\s:,"'-]/gi, "");
  // Operators also hand out keys of 16 printable characters, whose hex is then written down in hex once more.
  const twice = /^[0-9a-f]{64}$/i.test(hex) ? Buffer.from(hex, "hex").toString("latin1") : hex;
  if (!/^[0-9a-f]{32}$/i.test(twice))
    throw new InvalidArgumentError(
      `A key has 32 hex digits (16 bytes); this one has ${hex.length} characters.`,
    );
  return Buffer.from(twice, "hex");
}

async function* fileBytes(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = {
      ENOENT: "there is no such file",
      EISDIR: "it is a folder",
      EACCES: "reading it is not permitted",
    }[code];
    throw new PlatformError("capture-unreadable", `cannot read ${file}: ${reason ?? message}`, {
      cause: error,
    });
  }
}

/**
 * Prints the telegrams of a capture and its summary.
 *
 * @throws PlatformError after the summary, when the capture is faulty or holds nothing that could be decoded
 */
export async function decodeCapture(
  chunks: AsyncIterable<Uint8Array>,
  decoder: MeterDecoder,
  print: (line: string) => void,
): Promise<void> {
  const errors = new Map<string, number>();
  let sealed = 0;
  const report = (events: readonly DecoderEvent[]): void => {
    for (const event of events) {
      if (event.kind === "telegram") print(JSON.stringify(event.telegram));
      else {
        const { code, message, sealed: closed, list } = event.fault;
        if (list !== undefined) print(JSON.stringify({ list }));
        if (code === "key-missing" && closed !== undefined) {
          sealed++;
          print(JSON.stringify(toSealedLine(closed)));
        }
        const text = `${code}: ${message}`;
        if (errors.has(text) || errors.size < ERRORS_MAX) errors.set(text, (errors.get(text) ?? 0) + 1);
      }
    }
  };
  let failure: unknown;
  try {
    for await (const chunk of chunks) report(decoder.push(chunk, 0));
  } catch (error) {
    failure = error;
  }
  report(decoder.flush());
  if (failure instanceof PlatformError) errors.set(failure.message, 1);
  const { telegrams, discardedBytes, bytes } = decoder.stats;
  const listed = [...errors].map(([text, times]) => (times === 1 ? text : `${text} (${times} times)`));
  print(JSON.stringify({ telegrams, discardedBytes, errors: listed }));
  if (failure !== undefined) throw failure;
  if (telegrams + sealed === 0) throw new PlatformError("nothing-decoded", nothingDecoded(bytes, listed));
}

/** The form of a telegram with all that is known without the key. */
function toSealedLine({ protocol, frameCounter, systemTitle, ...lengths }: SealedTelegram): object {
  return {
    protocol,
    profile: null,
    meter: null,
    time: null,
    t: null,
    frameCounter,
    systemTitle,
    registers: {},
    texts: {},
    ...lengths,
  };
}

function nothingDecoded(bytes: number, errors: readonly string[]): string {
  if (bytes === 0) return "the capture is empty";
  const reason =
    errors.at(-1) ?? "no telegram of a known protocol begins in them; try --protocol, or --hex for hex text";
  return `none of the capture's ${bytes} bytes could be decoded: ${reason}`;
}
