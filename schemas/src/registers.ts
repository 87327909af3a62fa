/**
 * The register table: which OBIS code carries which quantity, in which unit, under which name.
 * The unit is fixed here and nowhere on the wire, so a device cannot label power as energy.
 */

export type RegisterKind = "counter" | "gauge";
export type Unit = "Wh" | "varh" | "W" | "var" | "VA" | "V" | "A" | "Hz" | "m3" | "1";

export interface Register {
  /** OBIS code, `A-B:C.D.E`. */
  code: string;
  unit: Unit;
  kind: RegisterKind;
  /** Friendly name in the API and on `live/v1/...`; the unit is its last part. */
  name: string;
  label: { de: string; en: string };
  /** What the quantity can be at all; a value outside is rejected. Counters: 0 to 2^53. */
  min: number;
  max: number;
}

const COUNTER_MAX = Number.MAX_SAFE_INTEGER;
/** 1.5 times the largest connection that a meter at this interface serves directly or over transformers. */
const POWER_MAX_W = 50_000_000;

const counter = (code: string, unit: Unit, name: string, de: string, en: string): Register => ({
  code,
  unit,
  kind: "counter",
  name,
  label: { de, en },
  min: 0,
  max: COUNTER_MAX,
});
const gauge = (
  code: string,
  unit: Unit,
  name: string,
  de: string,
  en: string,
  min: number,
  max: number,
): Register => ({ code, unit, kind: "gauge", name, label: { de, en }, min, max });

const phases = (
  codes: readonly [string, string, string],
  unit: Unit,
  name: string,
  suffix: string,
  de: string,
  en: string,
  min: number,
  max: number,
): Register[] =>
  codes.map((code, index) =>
    gauge(
      code,
      unit,
      `${name}_l${index + 1}_${suffix}`,
      `${de} L${index + 1}`,
      `${en} L${index + 1}`,
      min,
      max,
    ),
  );

/** Every register that the platform knows by name, in the order in which people expect to read them. */
export const REGISTERS: readonly Register[] = [
  counter("1-0:1.8.0", "Wh", "import_wh", "Bezug", "Import"),
  counter("1-0:2.8.0", "Wh", "export_wh", "Einspeisung", "Export"),
  counter("1-0:1.8.1", "Wh", "import_t1_wh", "Bezug Tarif 1", "Import tariff 1"),
  counter("1-0:1.8.2", "Wh", "import_t2_wh", "Bezug Tarif 2", "Import tariff 2"),
  counter("1-0:2.8.1", "Wh", "export_t1_wh", "Einspeisung Tarif 1", "Export tariff 1"),
  counter("1-0:2.8.2", "Wh", "export_t2_wh", "Einspeisung Tarif 2", "Export tariff 2"),
  counter("1-0:3.8.0", "varh", "reactive_import_varh", "Blindenergie +", "Reactive energy +"),
  counter("1-0:4.8.0", "varh", "reactive_export_varh", "Blindenergie −", "Reactive energy −"),
  gauge("1-0:16.7.0", "W", "power_w", "Leistung", "Power", -POWER_MAX_W, POWER_MAX_W),
  gauge("1-0:1.7.0", "W", "import_power_w", "Leistung Bezug", "Import power", 0, POWER_MAX_W),
  gauge("1-0:2.7.0", "W", "export_power_w", "Leistung Einspeisung", "Export power", 0, POWER_MAX_W),
  gauge(
    "1-0:3.7.0",
    "var",
    "reactive_import_power_var",
    "Blindleistung +",
    "Reactive power +",
    0,
    POWER_MAX_W,
  ),
  gauge(
    "1-0:4.7.0",
    "var",
    "reactive_export_power_var",
    "Blindleistung −",
    "Reactive power −",
    0,
    POWER_MAX_W,
  ),
  ...phases(
    ["1-0:36.7.0", "1-0:56.7.0", "1-0:76.7.0"],
    "W",
    "power",
    "w",
    "Leistung",
    "Power",
    -POWER_MAX_W,
    POWER_MAX_W,
  ),
  ...phases(
    ["1-0:21.7.0", "1-0:41.7.0", "1-0:61.7.0"],
    "W",
    "import_power",
    "w",
    "Bezug",
    "Import power",
    0,
    POWER_MAX_W,
  ),
  ...phases(
    ["1-0:22.7.0", "1-0:42.7.0", "1-0:62.7.0"],
    "W",
    "export_power",
    "w",
    "Einspeisung",
    "Export power",
    0,
    POWER_MAX_W,
  ),
  ...phases(["1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"], "V", "voltage", "v", "Spannung", "Voltage", 0, 1_000),
  ...phases(
    ["1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0"],
    "A",
    "current",
    "a",
    "Strom",
    "Current",
    -100_000,
    100_000,
  ),
  gauge("1-0:13.7.0", "1", "power_factor", "Leistungsfaktor", "Power factor", -10, 10),
  gauge("1-0:14.7.0", "Hz", "frequency_hz", "Frequenz", "Frequency", 0, 1_000),
  counter("7-0:3.0.0", "m3", "gas_m3", "Gas", "Gas"),
  counter("8-0:1.0.0", "m3", "water_m3", "Wasser", "Water"),
  counter("6-0:1.0.0", "Wh", "heat_wh", "Wärme", "Heat"),
];

const byCode = new Map(REGISTERS.map((register) => [register.code, register]));

/** The table's entry for an OBIS code; `undefined` for codes that the platform stores without knowing them. */
export const registerOf = (code: string): Register | undefined => byCode.get(code);

/** Why a register cannot have a value: it is out of the `range`, or a `fraction` of the Wh or varh that a counter counts. */
export function valueFault(
  { kind, unit, min, max }: Register,
  value: number,
): "range" | "fraction" | undefined {
  if (value < min || value > max) return "range";
  if (kind === "counter" && (unit === "Wh" || unit === "varh") && !Number.isInteger(value)) return "fraction";
  return undefined;
}

/** What some meters put behind a code: the value is of the current period, as it is without. */
export const CURRENT_PERIOD = "*255";
/** A register's code without it. */
export const registerCode = (key: string): string =>
  key.endsWith(CURRENT_PERIOD) ? key.slice(0, -CURRENT_PERIOD.length) : key;

/** Friendly name of a register: the table's, else the code itself. */
export const registerName = (code: string): string => byCode.get(code)?.name ?? code;

/**
 * Net power in W, import positive: the net register, else import minus export power.
 * `undefined` when the reading carries neither.
 */
export function netPowerW(r: Readonly<Record<string, number>>): number | undefined {
  const net = r["1-0:16.7.0"];
  if (net !== undefined) return net;
  const imported = r["1-0:1.7.0"];
  const exported = r["1-0:2.7.0"];
  if (imported === undefined && exported === undefined) return undefined;
  return (imported ?? 0) - (exported ?? 0);
}
