import type { VNode } from "preact";
import { parted, SPACE } from "../format/parted.ts";

export interface FigureProps {
  label: string;
  /** Number and unit, divided by an unbreakable space. */
  value: string;
  kind?: "import" | "export" | "money" | "plain";
  note?: string;
}

/** One number large, with its unit small, and what it is. */
export function Figure({ label, value, kind = "plain", note }: FigureProps): VNode {
  const [number, unit] = parted(value);
  return (
    <div class={`figure ${kind}`}>
      <span class="figure-label">{label}</span>
      <strong class="figure-value" style={{ "--letters": String(value.length) }}>
        {number}
        {unit !== "" && <small>{SPACE + unit}</small>}
      </strong>
      {note !== undefined && <span class="note">{note}</span>}
    </div>
  );
}
