import { createReadStream } from "node:fs";
import { PlatformError, refusalOf } from "@smp/schemas";
import { Command, Option } from "commander";
import { PROTOCOLS } from "../framing/frame.ts";
import { hexDigits } from "../config/keys.ts";
import { CaptureReport } from "../meter/capture-report.ts";
import { createMeterDecoder, type MeterDecoderOptions } from "../meter/decoder.ts";
import { PROFILES } from "../meter/profiles/table.ts";
import type { MeterDecoder } from "../meter/telegram.ts";
import { captureBytes } from "../transport/capture-bytes.ts";

/** Where the command reads `-` from and writes to. */
export interface DecodeStreams {
  input: AsyncIterable<Uint8Array>;
  output: { write(text: string): unknown; on?(event: "error", listener: (error: Error) => void): unknown };
}

interface DecodeFlags {
  key?: string;
  authKey?: string;
  protocol?: NonNullable<MeterDecoderOptions["protocol"]>;
  profile?: string;
  timeZone: string;
  hex?: boolean;
}

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
    .option("--key <hex>", "the meter's encryption key, 32 hex digits")
    .option("--auth-key <hex>", "its authentication key, 32 hex digits")
    .addOption(new Option("--protocol <name>", "found out when absent").choices(PROTOCOLS))
    .addOption(
      new Option("--profile <name>", "meter profile; found out when absent").choices(
        PROFILES.map(({ name }) => name),
      ),
    )
    .option("--time-zone <zone>", "IANA zone of clocks that state no offset", "Europe/Vienna")
    .option("--hex", "the capture is hex text; found out when absent")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, flags: DecodeFlags) => {
      const source = file === "-" ? streams.input : fileBytes(file);
      await decodeCapture(
        captureBytes(source, flags.hex ?? false),
        createMeterDecoder(optionsOf(flags)),
        streams.output,
      );
    });
}

function optionsOf({ key, authKey, protocol, profile, timeZone }: DecodeFlags): MeterDecoderOptions {
  return {
    timeZone,
    ...(key === undefined ? {} : { key: keyBytes(key, "--key") }),
    ...(authKey === undefined ? {} : { authKey: keyBytes(authKey, "--auth-key") }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(profile === undefined ? {} : { profile }),
  };
}

/** Any key, even a placeholder: published captures have such. */
const keyBytes = (text: string, option: string): Buffer => Buffer.from(hexDigits(text, option), "hex");

async function* fileBytes(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new PlatformError("capture-unreadable", `cannot read ${file}: ${refusalOf(error)}`, {
      cause: error,
    });
  }
}

/** Prints what a capture holds; ends early when nobody reads on. @throws PlatformError after the summary */
async function decodeCapture(
  chunks: AsyncIterable<Uint8Array>,
  decoder: MeterDecoder,
  output: DecodeStreams["output"],
): Promise<void> {
  let isRead = true;
  // `smp decode ... | head` closes the pipe when it has enough.
  output.on?.("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    isRead = false;
  });
  const report = new CaptureReport((line) => isRead && output.write(`${line}\n`));
  let failure: unknown;
  try {
    for await (const chunk of chunks) {
      if (!isRead) return;
      report.add(decoder.push(chunk, 0));
    }
  } catch (error) {
    failure = error;
  }
  report.add(decoder.flush());
  const problem = report.finish(decoder.stats, failure);
  if (problem !== undefined && isRead) throw problem;
}
