import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { language, text } from "../i18n.ts";
import { centsOfPrice, movePoint, priceOfCents, readDecimal } from "../format/decimal.ts";

interface FieldProps {
  label: string;
  hint?: string;
  children: (id: string) => ComponentChildren;
}

/** A label over its input, and what is wrong with it below. */
export function Field({ label, hint, children }: FieldProps): VNode {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id)}
      {hint !== undefined && <span class="note">{hint}</span>}
    </div>
  );
}

export interface TextFieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "date";
  required?: boolean;
  hint?: string;
}

/** Characters that the contract takes. */
const CHARACTERS_MAX = 80;

export function TextField({
  label,
  value,
  onInput,
  type = "text",
  required = false,
  hint,
}: TextFieldProps): VNode {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id) => (
        <input
          id={id}
          {...(type === "date" ? { type: "date" } : { maxLength: CHARACTERS_MAX })}
          value={value}
          required={required}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface ChoiceFieldProps<T extends string> {
  label: string;
  value: T;
  /** Each with the words that it is shown by. */
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  hint?: string;
}

export function ChoiceField<T extends string>({
  label,
  value,
  options,
  onChange,
  hint,
}: ChoiceFieldProps<T>): VNode {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
          {options.map(([option, shown]) => (
            <option key={option} value={option}>
              {shown}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export interface DecimalFieldProps {
  label: string;
  /** The exact decimal of the contract. */
  value: string;
  unit: string;
  /** cents: the contract has the price in the main unit, people read a hundredth of it. */
  cents?: boolean;
  /** Nothing typed is "". */
  optional?: boolean;
  /** It may be negative: a price at an exchange, a rebate. */
  signed?: boolean;
  hint?: string;
  onInput: (value: string) => void;
}

const isNegative = (typed: string): boolean => /^\s*[-−]/.test(typed);

/** A decimal as people type it, with a comma or a point; what is no number is said at once and does not reach the contract. */
export function DecimalField(props: DecimalFieldProps): VNode {
  const { label, value, unit, cents = false, optional = false, signed = false, hint, onInput } = props;
  const comma = language.value === "de";
  const show = (): string => {
    if (value === "") return "";
    return cents ? centsOfPrice(value, comma) : comma ? value.replace(".", ",") : value;
  };
  const read = (typed: string): string | undefined => {
    if (optional && typed.trim() === "") return "";
    return cents ? priceOfCents(typed, comma) : readDecimal(typed, 6, comma);
  };
  const [typed, setTyped] = useState(show);
  const same = (a: string, b: string): boolean =>
    a === b || (a !== "" && b !== "" && movePoint(a, 8) === movePoint(b, 8));
  const parsed = read(typed);
  useEffect(() => {
    if (parsed === undefined || !same(parsed, value)) setTyped(show());
  }, [value]);
  const wrong = parsed === undefined;
  const take = (next: string): void => {
    setTyped(next);
    const decimal = read(next);
    if (decimal !== undefined) onInput(decimal);
  };
  return (
    <Field label={label} {...(wrong ? { hint: text("field.number") } : hint === undefined ? {} : { hint })}>
      {(id) => (
        <span class="with-unit">
          <input
            id={id}
            inputMode="decimal"
            value={typed}
            aria-invalid={wrong}
            // A form with it cannot be sent: the contract would keep the number before.
            ref={(node) => node?.setCustomValidity(wrong ? text("field.number") : "")}
            onInput={(event) => take(event.currentTarget.value)}
          />
          {signed && (
            // The number pad of an iPhone has no minus.
            <button
              type="button"
              class="sign"
              aria-label={text("field.negative")}
              aria-pressed={isNegative(typed)}
              // The input stays the one that is typed into.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(isNegative(typed) ? typed.trim().slice(1) : `-${typed.trim()}`)}
            >
              ±
            </button>
          )}
          <span aria-hidden="true">{unit}</span>
        </span>
      )}
    </Field>
  );
}
