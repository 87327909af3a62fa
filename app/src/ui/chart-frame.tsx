import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { text } from "../i18n.ts";

export interface TableData {
  /** Column names; the first column names the row. */
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

export interface ChartFrameProps {
  title: string;
  /** Shows the title only to screen readers, where the screen says it already. */
  quietTitle?: boolean;
  /** The chart in one sentence. */
  summary: string;
  table: () => TableData;
  children: ComponentChildren;
  /** Below the chart: legend, coverage. */
  foot?: ComponentChildren;
}

function Table({ title, table }: { title: string; table: TableData }): VNode {
  const [first = "", ...others] = table.head;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            {others.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(([name = "", ...cells], index) => (
            <tr key={index}>
              <th scope="row">{name}</th>
              {cells.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Every chart: as a picture, as a table, and as a sentence. */
export function ChartFrame({
  title,
  quietTitle = false,
  summary,
  table,
  children,
  foot,
}: ChartFrameProps): VNode {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure class="chart" aria-label={title}>
      <div class="chart-head">
        <h2 class={quietTitle ? "visually-hidden" : undefined}>{title}</h2>
        <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? text("asChart") : text("asTable")}
        </button>
      </div>
      {asTable ? <Table title={title} table={table()} /> : children}
      {foot}
      <figcaption class="summary">{summary}</figcaption>
    </figure>
  );
}
