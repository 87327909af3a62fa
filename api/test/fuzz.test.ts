import { beforeAll } from "vitest";
import { anonymousFixture, type Fixture } from "./fixture.ts";
import { fill, propertyRun } from "./property-run.ts";

// Over the plain store: many requests in little time. Over real ones: fuzz-duckdb.test.ts, ../../tests/api/fuzz.stack.test.ts.
let made: Fixture;
async function restore(): Promise<void> {
  const takesNothing = { take: () => Promise.resolve({ accepted: [], rejected: [] }) };
  made = anonymousFixture(
    { requestsPerMinute: 0, listenersPerAddressMax: 100 },
    {},
    { ingest: takesNothing },
  );
  await fill(made.store);
}
beforeAll(restore);

propertyRun(() => ({ request: (...asked) => made.app.request(...asked), restore }), 25);
