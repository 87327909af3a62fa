import { readingTopic, type IngestResult, type RejectedMessage } from "@smp/schemas";
import { requireScope } from "../access/authenticate.ts";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";

/** The platform's own form instead of an input extension. */
const NATIVE = "reading";
const ERRORS_MAX = 100;

/** Readings over HTTP, for devices that speak no MQTT. The token says which device it is. */
export function addIngest(app: App, { ports, now }: Services): void {
  app.post("/v1/ingest/:input", async (c) => {
    readParameters(c, []);
    requireScope(c, "ingest");
    const { device } = c.get("caller");
    const input = c.req.param("input");
    if (device === null) throw new HttpProblem("forbidden", "This token names no device.");
    if (!ports.ingest)
      throw new HttpProblem(
        "unavailable",
        "This process takes no readings: its operator must give it the log (KAFKA_BROKERS), or the device publishes over MQTT.",
      );
    const inputs = (ports.extensions?.list() ?? []).filter(({ manifest }) => manifest.kind === "input");
    if (input !== NATIVE && !inputs.some(({ manifest }) => manifest.name === input))
      throw new HttpProblem(
        "not-found",
        `There is no input ${quoted(input)}; there are ${[NATIVE, ...inputs.map(({ manifest }) => manifest.name)].join(", ")}.`,
      );
    const payload = new Uint8Array(await c.req.arrayBuffer());
    const contentType = c.req.header("content-type");
    const message = { device, payload, received: now(), ...(contentType !== undefined && { contentType }) };
    const { rejected } = await held(
      ports.ingest.take(
        input === NATIVE
          ? { ...message, topic: readingTopic(device) }
          : { ...message, topic: `sm/v1/${device}/raw/http`, input },
      ),
    );
    return rejected.length > 0 ? refusal(rejected) : done(c);
  });
}

async function held(taking: Promise<IngestResult>): Promise<IngestResult> {
  try {
    return await taking;
  } catch (cause) {
    throw new HttpProblem("unavailable", "The log takes nothing now: send the same again later.", {
      retryAfterS: 5,
      cause,
    });
  }
}

const done = (c: AppContext): Response => c.body(null, 204);

function refusal(rejected: readonly RejectedMessage[]): Response {
  const [first] = rejected;
  const more = rejected.length > 1 ? ` ${rejected.length - 1} more were rejected.` : "";
  return new HttpProblem("rejected", `${first?.code}: ${first?.detail}${more}`, {
    errors: rejected.slice(0, ERRORS_MAX).map(({ index, detail }) => ({
      pointer: index === undefined ? "" : `/${index}`,
      detail,
    })),
  }).toResponse();
}
