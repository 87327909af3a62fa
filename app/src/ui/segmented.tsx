import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { afterPaint } from "./after-paint.ts";

export interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; disabled?: boolean }[];
  onChange: (value: T) => void;
}

/** One of a few, all visible: radio buttons in a row, with the keyboard behaviour that browsers give those. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>): VNode {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={option.disabled}
            onChange={() => afterPaint(() => onChange(option.value))}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
