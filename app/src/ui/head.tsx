import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { text } from "../i18n.ts";
import { MeterPicker } from "./meter-picker.tsx";

/** A page that was just opened begins at its beginning. */
let opened = false;

export interface HeadProps {
  title: string;
  /** Says beside which meter's numbers these are. */
  withMeter?: boolean;
  children?: ComponentChildren;
}

/** The screen's name, which is also the page's title and what a screen reader hears after a change of screens. */
export function Head({ title, withMeter = false, children }: HeadProps): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${text("appName")}`;
    // The keyboard goes on at what came, where what it was on is gone.
    const at = document.activeElement;
    if (at?.closest(".nav") || (opened && at === document.body))
      heading.current?.focus({ preventScroll: true });
    opened = true;
  }, [title]);
  return (
    <header class="head">
      <h1 tabIndex={-1} ref={heading}>
        {title}
      </h1>
      {withMeter && <MeterPicker />}
      {children}
    </header>
  );
}
