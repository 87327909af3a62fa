import type { VNode } from "preact";
import { SPACE } from "../format/numbers.ts";

export interface FigureProps {
  label: string;
  /** Number and unit, divided by an unbreakable space. */
  value: string;
  kind?: "import" | "export" | "money" | "plain";
  note?: string;
}

/** One number large, with its unit small, and what it is. */
export function Figure({ label, value, kind = "plain", note }: FigureProps): VNode {
  const at = value.lastIndexOf(SPACE);
  const unitFirst = /^[^\d−-]/.test(value);
  return (
    <div class={`figure ${kind}`}>
      <span class="figure-label">{label}</span>
      <strong class="figure-value">
        {at < 0 || unitFirst ? value : value.slice(0, at)}
        {at < 0 || unitFirst ? null : <small>{SPACE + value.slice(at + 1)}</small>}
      </strong>
      {note !== undefined && <span class="note">{note}</span>}
    </div>
  );
}
