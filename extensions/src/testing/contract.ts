import { isDeepStrictEqual } from "node:util";
import { FUTURE_MS_MAX, messageOf, TIME_MIN_MS } from "@smp/schemas";
import { faultSentence, isReading } from "@smp/schemas/validate";
import type { Manifest } from "../contract/manifest.ts";
import { checkEmission, registerFault } from "../host/emit.ts";
import { inputDecoder } from "../host/inputs.ts";
import { LIMITS } from "../host/limits.ts";
import { extensionMetrics } from "../host/metrics.ts";
import { answerRequest } from "../host/outputs.ts";
import type { ExtensionPackage } from "../host/package.ts";
import { asking, storeView, type Sight } from "../host/store-view.ts";
import { Supervisor } from "../host/supervisor.ts";
import { pino } from "pino";
import { caseStore } from "./case-store.ts";
import { readCases, type Case } from "./case.ts";
import { noise } from "./noise.ts";

/** One thing that the contract asks for, and whether it holds. */
export interface Check {
  what: string;
  fault?: string;
}

const everything: Sight = { canRead: () => true };
const RECEIVED = Date.UTC(2026, 5, 1, 10);

/** Runs an extension in a process of its own, as the platform does, against its cases and the rules of its interface. */
export async function checkExtension(
  extension: ExtensionPackage,
  timeZone = "Europe/Vienna",
): Promise<Check[]> {
  const cases = await readCases(extension.folder);
  const checks: Check[] = [
    { what: "has cases", ...(cases.size === 0 && { fault: "write one: cases/first.json" }) },
  ];
  const check = async (what: string, run: () => Promise<string | undefined>): Promise<void> => {
    const fault = await run().catch((error: unknown) => messageOf(error));
    checks.push({ what, ...(fault !== undefined && { fault }) });
  };
  const { kind } = extension.manifest;
  for (const [file, one] of cases)
    await withProcess(extension, timeZone, one.settings ?? {}, async (supervisor) => {
      await check(`cases/${file}`, () => RUNS[kind](supervisor, one));
      await check(`cases/${file}, a second time`, () => RUNS[kind](supervisor, one));
    });
  const [first] = cases.values();
  await withProcess(extension, timeZone, first?.settings ?? {}, async (supervisor) => {
    for (const [what, run] of RULES[kind](supervisor)) await check(what, run);
    await check("its process was never cut", async () => cutText(supervisor));
  });
  return checks;
}

const cutText = ({ state }: Supervisor): string | undefined =>
  state.cuts > 0 ? state.lastFailure?.detail : undefined;

async function withProcess(
  extension: ExtensionPackage,
  timeZone: string,
  settings: Record<string, string>,
  use: (supervisor: Supervisor) => Promise<void>,
): Promise<void> {
  const supervisor = new Supervisor({
    extension,
    timeZone,
    limits: LIMITS[extension.manifest.kind],
    settings: async () => settings,
    logger: pino({ level: "silent" }),
    metrics: extensionMetrics(),
  });
  try {
    await use(supervisor);
  } finally {
    await supervisor.close();
  }
}

type Run = (supervisor: Supervisor, one: Case) => Promise<string | undefined>;
const RUNS: Readonly<Record<Manifest["kind"], Run>> = {
  input: runInput,
  processor: runProcessor,
  output: runOutput,
};

const differs = (wanted: unknown, got: unknown): string | undefined =>
  isDeepStrictEqual(wanted, got) ? undefined : `wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;

const decode = (supervisor: Supervisor, payload: Uint8Array, message: NonNullable<Case["message"]>) =>
  inputDecoder(
    new Map([[supervisor.name, supervisor]]),
    () => supervisor.name,
  )({
    device: message.device ?? "device",
    path: message.path ?? "",
    payload,
    received: message.received === undefined ? RECEIVED : Date.parse(message.received),
  });

async function runInput(
  supervisor: Supervisor,
  { message = {}, readings, fault }: Case,
): Promise<string | undefined> {
  const { json, text, hex } = message;
  const payload =
    hex === undefined ? Buffer.from(text ?? JSON.stringify(json) ?? "") : Buffer.from(hex, "hex");
  const decoded = await decode(supervisor, payload, message);
  if ("fault" in decoded) {
    if (decoded.code !== "input-fault") return decoded.fault;
    return fault !== undefined && decoded.fault.includes(fault)
      ? undefined
      : `the fault is: ${decoded.fault}`;
  }
  const received = message.received === undefined ? RECEIVED : Date.parse(message.received);
  for (const [index, reading] of decoded.readings.entries()) {
    const wrong = readingFault(reading, received);
    if (wrong !== undefined) return `reading ${index} is none that the platform takes: ${wrong}`;
  }
  return differs(readings, decoded.readings);
}

/** Why the platform would refuse what an input made of a message. */
function readingFault(reading: unknown, received: number): string | undefined {
  if (!isReading(reading)) return `${faultSentence(isReading.errors)} ${JSON.stringify(reading)}`;
  const { t = received, r } = reading;
  if (t > received + FUTURE_MS_MAX || t < TIME_MIN_MS) return `its time ${t} lies ahead or before 2020`;
  return registerFault(r);
}

async function runProcessor(
  supervisor: Supervisor,
  { readings = [], emits, store }: Case,
): Promise<string | undefined> {
  const { manifest } = supervisor.extension;
  const { read } = manifest.rights ?? {};
  const asked = read && asking(storeView(caseStore(store), read, everything));
  const { value } = await supervisor.call({ readings }, undefined, asked);
  checkEmission(value, manifest, everything, Date.now());
  return differs(
    { readings: [], events: [], ...emits },
    { readings: [], events: [], ...(value as object | null) },
  );
}

async function runOutput(
  supervisor: Supervisor,
  { get = "/", answers = {}, store }: Case,
): Promise<string | undefined> {
  const response = await fetchFrom(supervisor, get, store);
  const text = await response.text();
  const { status = 200, json, text: part } = answers;
  if (response.status !== status)
    return `wanted the status ${status}, got ${response.status}: ${text.slice(0, 300)}`;
  if (part !== undefined && !text.includes(part))
    return `${JSON.stringify(part)} is not in: ${text.slice(0, 2_000)}`;
  return json === undefined ? undefined : differs(json, JSON.parse(text));
}

function fetchFrom(supervisor: Supervisor, path: string, store?: Case["store"]): Promise<Response> {
  const request = new Request(`http://localhost/x/${supervisor.name}${path}`);
  const [bare = "/"] = path.split("?");
  return answerRequest(request, bare, { supervisor, store: caseStore(store), sight: everything });
}

type Rules = (supervisor: Supervisor) => [string, () => Promise<string | undefined>][];
const RULES: Readonly<Record<Manifest["kind"], Rules>> = {
  input: (supervisor) =>
    noise().map(([what, payload]) => [
      `answers ${what} with readings or a fault`,
      async () => {
        const decoded = await decode(supervisor, payload, {});
        return "fault" in decoded && decoded.code !== "input-fault" ? decoded.fault : undefined;
      },
    ]),
  processor: (supervisor) => [
    [
      "takes a reading of a meter and registers that it does not know",
      () =>
        runProcessor(supervisor, {
          readings: [
            { meter: "unknown-1", device: "unknown-1", t: RECEIVED, received: RECEIVED, r: { "x-a": 1 } },
          ],
        }).then(() => undefined),
    ],
  ],
  output: (supervisor) => [
    [
      "answers an address that it does not know, on an empty platform",
      async () => {
        const { status } = await fetchFrom(supervisor, "/is/not/there?a=b");
        return status < 500 ? undefined : `the status is ${status}; 404 would do`;
      },
    ],
    [
      "answers its root on an empty platform",
      async () => {
        const { status } = await fetchFrom(supervisor, "/");
        return status < 500 ? undefined : `the status is ${status}`;
      },
    ],
  ],
};
