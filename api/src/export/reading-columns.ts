import { netPowerW, registerName, type NormalisedReading } from "@smp/schemas";
import { inTableOrder } from "../meters/latest.ts";
import type { Column } from "./table.ts";

/** The columns of single readings: one per register, under its friendly name. */
export function readingColumns(codes: readonly string[]): Column<NormalisedReading>[] {
  return [
    { name: "time", type: "time", of: ({ t }) => t },
    { name: "received", type: "time", of: ({ received }) => received },
    { name: "s", type: "number", of: ({ s }) => s ?? null },
    { name: "net_power_w", type: "number", of: ({ r }) => netPowerW(r) ?? null },
    { name: "quality", type: "text", of: ({ quality }) => (quality ?? []).join(" ") },
    ...codes.toSorted(inTableOrder).map((code): Column<NormalisedReading> => ({
      name: registerName(code),
      type: "number",
      of: ({ r }) => r[code] ?? null,
    })),
  ];
}
