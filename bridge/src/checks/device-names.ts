import { deviceOf, registerOf, type NormalisedReading } from "@smp/schemas";
import { Rejection } from "../rejection.ts";

/** Names that a device may make: its meters, and the registers of each that the register table does not know. */
const NAMES_MAX = 10_000;
/** Of all devices; of more, those of the device that was first followed are forgotten, and it begins anew. */
const ALL_NAMES_MAX = 1_000_000;

interface Named {
  meter: string;
  registers: Readonly<Record<string, unknown>>;
}

/**
 * Follows the names that devices make. Each stays for ever, in the store, in the memory of what is newest and in every list of meters,
 * so that one device that makes up others with each message would fill them for all. Its memory is bounded, too.
 */
export class DeviceNames {
  readonly #namesMax: number;
  readonly #allNamesMax: number;
  readonly #byDevice = new Map<string, Set<string>>();
  #count = 0;

  constructor(namesMax: number = NAMES_MAX, allNamesMax: number = ALL_NAMES_MAX) {
    this.#namesMax = namesMax;
    this.#allNamesMax = allNamesMax;
  }

  /** Takes note of a reading's names; throws a `Rejection` where they would be too many. */
  note({ meter, device, r }: Pick<NormalisedReading, "meter" | "device" | "r">): void {
    this.#noteAll(device, { meter, registers: r }, this.#namesMax);
  }

  /** Begins with what the store holds, be it more than a device may make. */
  seed(latest: readonly Named[]): void {
    for (const named of latest) this.#noteAll(deviceOf(named.meter), named, Infinity);
  }

  /** A deleted meter's names may be made anew. */
  forget(meter: string): void {
    const names = this.#byDevice.get(deviceOf(meter));
    for (const name of names ?? [])
      if ((name === meter || name.startsWith(`${meter} `)) && names?.delete(name)) this.#count--;
  }

  #noteAll(device: string, { meter, registers }: Named, max: number): void {
    // Most devices are their one meter, with registers of the table.
    if (meter !== device) this.#add(device, meter, max);
    for (const code in registers) if (!registerOf(code)) this.#add(device, `${meter} ${code}`, max);
  }

  #add(device: string, name: string, max: number): void {
    const known = this.#byDevice.get(device);
    if (known?.has(name)) return;
    if (known && known.size >= max)
      throw new Rejection(
        "schema",
        `The device ${device} has named ${known.size} meters and registers that the register table does not know, and ${name} is one more: send the same names each time.`,
      );
    if (this.#count >= this.#allNamesMax) this.#forgetFirst();
    const names = this.#byDevice.get(device) ?? new Set();
    this.#byDevice.set(device, names.add(name));
    this.#count++;
  }

  #forgetFirst(): void {
    const [first] = this.#byDevice;
    if (!first) return;
    this.#byDevice.delete(first[0]);
    this.#count -= first[1].size;
  }
}
