import type { ComponentChildren, VNode } from "preact";
import { text } from "../i18n.ts";
import { Icon } from "./icon.tsx";

export interface StepperProps {
  class: string;
  /** The period that is shown holds now: there is none after it. */
  last: boolean;
  onStep: (step: 1 | -1) => void;
  /** Which period it is. */
  children: ComponentChildren;
}

/** One period back, or forward. */
export function Stepper({ class: name, last, onStep, children }: StepperProps): VNode {
  return (
    <div class={name}>
      <button type="button" class="round" aria-label={text("history.back")} onClick={() => onStep(-1)}>
        <Icon name="left" />
      </button>
      {children}
      <button
        type="button"
        class="round"
        aria-label={text("history.forward")}
        disabled={last}
        onClick={() => onStep(1)}
      >
        <Icon name="right" />
      </button>
    </div>
  );
}
