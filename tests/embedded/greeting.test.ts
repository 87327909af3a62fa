import { expect, test } from "vitest";
import { greeting } from "../../embedded/greeting.ts";

const said = (httpUrl: string): string =>
  greeting({ httpUrl, adminToken: "smp_1", mqttPort: 8883, tap: undefined }, "192.168.1.5");

test.each(["http://0.0.0.0:8080", "http://[::]:8080"])(
  "a platform at %s names addresses that open",
  (url) => {
    expect(said(url).match(/http:\S+/g)).toEqual([
      "http://localhost:8080/#token=smp_1",
      "http://192.168.1.5:8080/#token=smp_1",
      "http://localhost:8080/v1/meters",
    ]);
  },
);

test("one that only this computer reaches names no other", () => {
  expect(said("http://127.0.0.1:8080").match(/http:\S+/g)).toEqual([
    "http://127.0.0.1:8080/#token=smp_1",
    "http://127.0.0.1:8080/v1/meters",
  ]);
});
