import { Checked, messageOf } from "@smp/schemas";

/** The settings of the edge, by the name under which each stands in its source: a variable, a flag, a key of a file. */
export const DEVICE_SETTINGS = {
  device: "SMP_DEVICE",
  dataDirectory: "SMP_DATA_DIR",
  brokerUrl: "MQTT_URL",
  certificates: "SMP_CERT_DIR",
  renewalUrl: "SMP_EST_URL",
  journalDays: "SMP_JOURNAL_DAYS",
  journalMegabytes: "SMP_JOURNAL_MEGABYTES",
  drain: "SMP_DRAIN",
  drainPerSecond: "SMP_DRAIN_PER_SECOND",
  reconnectFirstSeconds: "SMP_RECONNECT_FIRST_SECONDS",
  reconnectSecondsMax: "SMP_RECONNECT_SECONDS_MAX",
  httpPort: "SMP_EDGE_HTTP_PORT",
} as const;

export const METER_SETTINGS = {
  name: "SMP_METER_NAME",
  serial: "SMP_SERIAL",
  baudRate: "SMP_BAUD_RATE",
  dataBits: "SMP_DATA_BITS",
  parity: "SMP_PARITY",
  stopBits: "SMP_STOP_BITS",
  tcp: "SMP_TCP",
  replay: "SMP_REPLAY",
  key: "SMP_KEY",
  keyFile: "SMP_KEY_FILE",
  authenticationKeyFile: "SMP_AUTH_KEY_FILE",
  protocol: "SMP_PROTOCOL",
  profile: "SMP_PROFILE",
  timeZone: "SMP_TIME_ZONE",
  registers: "SMP_REGISTERS",
  intervalSeconds: "SMP_INTERVAL_SECONDS",
} as const;

export type DeviceSetting = keyof typeof DEVICE_SETTINGS;
export type MeterSetting = keyof typeof METER_SETTINGS;
export type Setting = DeviceSetting | MeterSetting;

/** One value of a setting, with the name under which its user knows it. */
export interface Named {
  name: string;
  value: string;
}
export type Values = Partial<Record<Setting, Named>>;

/** Settings of any source, read by key; faults carry the name that stands in that source. */
export class Settings {
  readonly #names: Readonly<Record<Setting, string>>;
  readonly #checked: Checked;

  constructor(values: Values, fallbackNames: Readonly<Record<string, string>> = {}) {
    const defaults = { ...DEVICE_SETTINGS, ...METER_SETTINGS, ...fallbackNames };
    const named = Object.entries(values).map(([key, value]) => [key, value.name] as const);
    this.#names = { ...defaults, ...Object.fromEntries(named) };
    this.#checked = new Checked(
      Object.fromEntries(Object.values(values).map(({ name, value }) => [name, value])),
    );
  }

  name(setting: Setting): string {
    return this.#names[setting];
  }

  text(setting: Setting, options?: { fallback?: string; pattern?: RegExp; form?: string }): string {
    return this.#checked.text(this.name(setting), options);
  }

  optional(setting: Setting, pattern?: RegExp, form?: string): string | undefined {
    const value = this.#checked.optionalText(this.name(setting));
    if (value === undefined || !pattern) return value;
    return this.text(setting, { pattern, ...(form !== undefined && { form }) });
  }

  integer(setting: Setting, options: { min: number; max: number; fallback: number }): number {
    return this.#checked.integer(this.name(setting), options);
  }

  oneOf<T extends string>(setting: Setting, allowed: readonly T[], fallback: T): T {
    return this.#checked.oneOf(this.name(setting), allowed, fallback);
  }

  /** All faults found so far, each with its name. */
  get faults(): string[] {
    try {
      this.#checked.throwIfFaulty();
      return [];
    } catch (error) {
      return messageOf(error).split("\n");
    }
  }
}
