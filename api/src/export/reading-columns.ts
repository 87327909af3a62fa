import { netPowerW, registerName, REGISTERS, type NormalisedReading } from "@smp/schemas";
import type { Column } from "./table.ts";

const order = new Map(REGISTERS.map((register, index) => [register.code, index]));

/** The columns of single readings: one per register, under its friendly name. */
export function readingColumns(codes: readonly string[]): Column<NormalisedReading>[] {
  const sorted = codes.toSorted(
    (a, b) => (order.get(a) ?? REGISTERS.length) - (order.get(b) ?? REGISTERS.length) || (a < b ? -1 : 1),
  );
  return [
    { name: "time", type: "time", of: ({ t }) => t },
    { name: "received", type: "time", of: ({ received }) => received },
    { name: "s", type: "number", of: ({ s }) => s ?? null },
    { name: "net_power_w", type: "number", of: ({ r }) => netPowerW(r) ?? null },
    { name: "quality", type: "text", of: ({ quality }) => (quality ?? []).join(" ") },
    ...sorted.map((code): Column<NormalisedReading> => ({
      name: registerName(code),
      type: "number",
      of: ({ r }) => r[code] ?? null,
    })),
  ];
}
