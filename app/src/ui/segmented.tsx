import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { afterPaint } from "./after-paint.ts";

export interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** One of a few, all visible: radio buttons in a row, with the keyboard behaviour that browsers give those. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>): VNode {
  const name = useId();
  // The button is pressed at once, on its own; what it asks for may take a slow phone longer than a frame.
  const [pressed, press] = useState<T | undefined>(undefined);
  const choose = (next: T): void => {
    press(next);
    afterPaint(() => {
      onChange(next);
      press(undefined);
    });
  };
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === (pressed ?? value)}
            onChange={() => choose(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
