import { expect, test } from "vitest";
import { DeviceNames } from "../../src/checks/device-names.ts";
import { createIngest } from "../../src/ingest/ingest.ts";
import { fakeLog } from "../fake-log.ts";

const reading = (m: string, ...codes: string[]) => ({
  device: "m7",
  meter: `m7.${m}`,
  r: Object.fromEntries(codes.map((code) => [code, 1])),
});

test("a device that makes up meters and registers is stopped, and what it named before goes on", () => {
  const names = new DeviceNames(3);
  names.note(reading("a", "x-one", "1-0:1.8.0"));
  names.note(reading("b"));
  expect(() => names.note(reading("c"))).toThrow(/m7 has named 3 meters and registers .*m7\.c is one more/);
  expect(() => names.note(reading("b", "x-one"))).toThrow(/m7\.b x-one is one more/);
  for (let again = 0; again < 5; again++) names.note(reading("a", "x-one", "1-0:2.8.0"));
  names.note({ ...reading("c"), device: "m8", meter: "m8.c" });
  names.forget("m7.a");
  names.note(reading("c", "x-one"));
});

test("what the store holds counts, and stays allowed; of many devices the first begins anew", () => {
  const names = new DeviceNames(1, 3);
  names.seed([reading("a"), reading("b")].map(({ meter, r }) => ({ meter, registers: r })));
  names.note(reading("b"));
  expect(() => names.note(reading("c"))).toThrow();
  for (const device of ["m8", "m9"]) names.note({ ...reading("a"), device, meter: `${device}.a` });
  names.note(reading("c"));
});

test("one device cannot fill the platform with 100,000 meters in a minute: its message says why", async () => {
  const ingest = createIngest({ log: fakeLog() });
  let taken = 0;
  let last;
  for (let message = 0; message < 25; message++) {
    const readings = Array.from({ length: 500 }, (_, index) => ({
      v: 1,
      m: (message * 500 + index).toString(36),
      r: { "x-a": 1 },
    }));
    const payload = Buffer.from(JSON.stringify(readings));
    const result = await ingest.take({ device: "m7", topic: "sm/v1/m7/reading", payload, received: 2e12 });
    taken += result.accepted.length;
    last = result.rejected.at(-1);
  }
  await ingest.close();
  expect(taken).toBe(5_000);
  expect(last).toMatchObject({
    code: "schema",
    detail: expect.stringContaining("send the same names each time"),
  });
});
