import type { VNode } from "preact";

export interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; disabled?: boolean }[];
  onChange: (value: T) => void;
}

let made = 0;

/** One of a few, all visible: radio buttons in a row, with the keyboard behaviour that browsers give those. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>): VNode {
  const name = `segmented-${label}-${(made = (made + 1) % 1_000)}`;
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
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
