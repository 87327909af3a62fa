import { PlatformError } from "./platform-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;
/** A RegExp, or what tests a text as one does. */
type Pattern = { test(text: string): boolean; toString(): string };

/**
 * Reads settings from an environment, whole: every fault is collected with its variable's name, and thrown together.
 *
 * @example
 * const checked = new Checked(process.env);
 * const config = { port: checked.integer("SMP_HTTP_PORT", { min: 0, max: 65_535, fallback: 8080 }) };
 * checked.throwIfFaulty();
 */
export class Checked {
  readonly #environment: Environment;
  readonly #faults: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** A text; without a fallback it is required. `pattern` and `form` describe what is allowed. */
  text(name: string, options: { fallback?: string; pattern?: Pattern; form?: string } = {}): string {
    const value = this.optionalText(name) ?? options.fallback;
    if (value === undefined)
      this.fault(name, `is required${options.form === undefined ? "" : `: ${options.form}`}`);
    else if (options.pattern && !options.pattern.test(value))
      this.fault(name, `is "${withoutUser(value)}", but must be ${options.form ?? String(options.pattern)}`);
    return value ?? "";
  }

  /** A text that may be missing; an empty one counts as missing. */
  optionalText(name: string): string | undefined {
    const value = this.#environment[name];
    return value === undefined || value === "" ? undefined : value;
  }

  integer(name: string, options: { min: number; max: number; fallback: number }): number {
    const text = this.optionalText(name);
    if (text === undefined) return options.fallback;
    // Number() makes 0 of blanks, and 0 often means for ever.
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= options.min && value <= options.max) return value;
    this.fault(name, `is "${text}", but must be a whole number from ${options.min} to ${options.max}`);
    return options.fallback;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const text = this.optionalText(name) ?? fallback;
    const found = allowed.find((candidate) => candidate === text);
    if (found === undefined) this.fault(name, `is "${text}", but must be one of ${allowed.join(", ")}`);
    return found ?? fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.oneOf(name, ["true", "false"], fallback ? "true" : "false") === "true";
  }

  /** Adds a fault that its reader found; `what` follows the variable's name. */
  fault(name: string, what: string): void {
    this.#faults.push(`${name} ${what}`);
  }

  /** Throws one error with every fault found so far. */
  throwIfFaulty(): void {
    if (this.#faults.length > 0) throw new PlatformError("config", this.#faults.join("\n"));
  }
}

/** An address may carry a user and a password, which belong into no log. */
const withoutUser = (value: string): string => value.replace(/^([a-z]*:\/*)?.*@/is, "$1…@");
