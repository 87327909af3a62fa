import { expect, test, vi } from "vitest";
import { serialTransport } from "../../src/transport/serial.ts";
import { collect } from "./support.ts";

vi.mock("serialport", () => {
  throw new Error("no native build for this machine");
});

test("the native module is loaded on first use only, and its absence is said once instead of tried for ever", async () => {
  const transport = serialTransport({
    path: "/dev/ttyUSB0",
    baudRate: 9600,
    dataBits: 7,
    parity: "none",
    stopBits: 2,
  });
  expect(transport.name).toBe("serial /dev/ttyUSB0 9600 7N2");
  await expect(collect(transport)).rejects.toThrow(
    /native module of serialport does not load here: run npm install/,
  );
});
