import { describe, expect, test } from "vitest";
import type { Telegram } from "../../src/meter/telegram.ts";
import { hdlc } from "../framing/builders.ts";
import { decodeChunks, telegramsOf } from "./replay.ts";

const IMPORT = "0100010800FF";
const POWER = "0100010700FF";
const CLOCK = "0000010000FF";

/** A push-object list and its values, in one HDLC frame. */
function push(descriptors: readonly string[], values: readonly string[]): Telegram[] {
  const count = (list: readonly unknown[]): string => list.length.toString(16).padStart(2, "0");
  const body = `02${count([0, ...values])}01${count(descriptors)}${descriptors.join("")}${values.join("")}`;
  const apdu = Buffer.from(`E6E7000F000000010C07EA05010509000000FF8880${body}`, "hex");
  return telegramsOf(decodeChunks([hdlc([...apdu])]));
}

/** Class, logical name, attribute, index. */
const object = (objectClass: string, name: string, attribute: string, more = ""): string =>
  `02${more === "" ? "04" : "05"}12${objectClass}0906${name}0F${attribute}120000${more}`;

describe("a push-object list", () => {
  test("may restrict its objects, as set-up objects of version 1 do", () => {
    const none = "0202160000";
    const [telegram] = push(
      [object("0003", IMPORT, "02", none), object("0003", POWER, "02", none)],
      ["0600012345", "06000001F4"],
    );
    expect(telegram?.registers).toEqual({
      "1-0:1.8.0": { value: 0x12345, unit: "Wh" },
      "1-0:1.7.0": { value: 500, unit: "W" },
    });
  });

  test("may carry the scaler and unit of a register, which hold for its value", () => {
    const [telegram] = push(
      [
        object("0008", CLOCK, "02"),
        object("0003", IMPORT, "02"),
        object("0003", IMPORT, "03"),
        object("0003", POWER, "03"),
        object("0003", POWER, "02"),
      ],
      ["090C07EA05010509000000FF8880", "0600012345", "02020F01161E", "02020FFF161B", "06000001F4"],
    );
    expect(telegram?.registers).toEqual({
      "1-0:1.8.0": { value: 745650, unit: "Wh" },
      "1-0:1.7.0": { value: 50, unit: "W" },
    });
  });

  test("may carry more of an object than its value, which does not take the value's place", () => {
    const [telegram] = push(
      [
        object("0004", IMPORT, "02"),
        object("0004", IMPORT, "04"),
        object("0005", "0100010400FF", "02"),
        object("0005", "0100010400FF", "03"),
        object("0005", "0100010400FF", "08"),
      ],
      ["0600012345", "1100", "060000000A", "060000000B", "0600000384"],
    );
    expect(telegram?.registers).toMatchObject({
      "1-0:1.8.0": { value: 0x12345, unit: "Wh" },
      "1-0:1.4.0": { value: 10 },
    });
  });
});
