import { expect, test } from "vitest";
import { changeOf } from "../src/meters/change.ts";

const entry = { name: "ma309-1", tz: "Europe/Vienna", visibility: "aggregate" } as const;

test("saving a meter's name sends neither its zone nor its visibility, which need more rights", () => {
  const change = changeOf(entry, { name: " Haus ", zone: "Europe/Vienna", visibility: "aggregate" });
  expect(change).toEqual({ name: "Haus" });
});

test("only what was changed is sent; an empty name goes back to the default", () => {
  expect(changeOf(entry, { name: "ma309-1", zone: "Europe/Vienna", visibility: "aggregate" })).toEqual({});
  expect(changeOf(entry, { name: "  ", zone: "Europe/Berlin", visibility: "open" })).toEqual({
    name: null,
    time_zone: "Europe/Berlin",
    visibility: "open",
  });
});
