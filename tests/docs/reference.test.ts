import { readFileSync } from "node:fs";
import { REGISTERS } from "@smp/schemas";
import { openapiDocument } from "@smp/schemas/documents";
import { expect, test } from "vitest";

const page = (name: string): string =>
  readFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), "utf8");

test("the page of registers lists the table, row by row", () => {
  const rows = page("registers.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
  expect(rows).toEqual(
    REGISTERS.map(({ code, name, unit, kind, label }) => [code, name, unit, kind, label.en, label.de]),
  );
});

test("the HTTP page has every operation, by the name that the client calls it", () => {
  const text = page("http.md");
  const paths = openapiDocument["paths"] as Record<string, Record<string, { operationId?: string }>>;
  for (const [path, item] of Object.entries(paths))
    for (const [method, operation] of Object.entries(item))
      if (operation.operationId !== undefined)
        expect(text).toContain(`### ${method.toUpperCase()} ${path}\n\n\`${operation.operationId}\`: `);
});
