import { expect, test } from "vitest";
import { DeviceNames } from "../../src/checks/device-names.ts";
import { createIngest } from "../../src/ingest/ingest.ts";
import { fakeLog } from "../fake-log.ts";

const reading = (m: string, ...codes: string[]) => ({
  device: "m7",
  meter: `m7.${m}`,
  r: Object.fromEntries(codes.map((code) => [code, 1])),
});
const ofDevice = (device: string, m: string) => ({ ...reading(m), device, meter: `${device}.${m}` });

test("a device that makes up meters and registers is stopped, and what it named before goes on", () => {
  const names = new DeviceNames(3);
  names.note(reading("a", "x-one", "1-0:1.8.0"));
  names.note(reading("ab"));
  expect(() => names.note(reading("c"))).toThrow(/m7 has named 3 meters and registers .*m7\.c is one more/);
  expect(() => names.note(reading("ab", "x-one"))).toThrow(/m7\.ab x-one is one more/);
  for (let again = 0; again < 5; again++) names.note(reading("a", "x-one", "1-0:2.8.0"));
  // That it has a meter of its own name is known.
  names.note({ ...reading("a"), meter: "m7" });
  names.note(ofDevice("m8", "c"));
  names.forget("m7.a");
  names.note(reading("c", "x-one"));
  expect(() => names.note(reading("d"))).toThrow();
});

test("what the store holds counts, and stays allowed; of many devices the first begins anew", () => {
  const names = new DeviceNames(1, 3);
  names.seed([reading("a"), reading("b")].map(({ meter, r }) => ({ meter, registers: r })));
  names.note(reading("b"));
  expect(() => names.note(reading("c"))).toThrow();
  for (const device of ["m8", "m9"]) names.note(ofDevice(device, "a"));
  names.note(reading("c"));
  // There is room for all three: the second one is still known.
  names.forget("m9.a");
  names.note(ofDevice("m9", "a"));
  expect(() => names.note(ofDevice("m8", "b"))).toThrow();
});

test("one device cannot fill the platform with 100,000 meters in a minute: its message says why", async () => {
  const registers = { "x-a": { value: 1, t: 1 } };
  const ingest = createIngest({ log: fakeLog(), latest: [{ meter: "m7.stored", registers, received: 1 }] });
  const take = (...meters: string[]) => {
    const payload = Buffer.from(JSON.stringify(meters.map((m) => ({ v: 1, m, r: { "x-a": 1 } }))));
    return ingest.take({ device: "m7", topic: "sm/v1/m7/reading", payload, received: 2e12 });
  };
  let taken = 0;
  let last;
  for (let message = 0; message < 25; message++) {
    const result = await take(
      ...Array.from({ length: 500 }, (_, index) => (message * 500 + index).toString(36)),
    );
    taken += result.accepted.length;
    last = result.rejected.at(-1);
  }
  expect(taken).toBe(4_999);
  expect(last).toMatchObject({
    code: "schema",
    detail: expect.stringContaining("send the same names each time"),
  });
  ingest.forget("m7.stored", 1);
  expect((await take("another")).accepted).toHaveLength(1);
  await ingest.close();
});
