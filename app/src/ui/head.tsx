import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { text } from "../i18n.ts";
import { MeterPicker } from "./meter-picker.tsx";

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
  }, [title]);
  useEffect(() => {
    if (document.activeElement?.closest(".nav")) heading.current?.focus({ preventScroll: true });
  }, []);
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
