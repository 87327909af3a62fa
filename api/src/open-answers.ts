import type { JsonObject } from "@smp/schemas/documents";

/** A place in a document, such as `#/components/schemas/Meter`. */
function target(document: JsonObject, ref: string): unknown {
  const parts = ref.slice(2).split("/");
  return parts.reduce<unknown>(
    (node, part) => (node as JsonObject)[part.replaceAll("~1", "/").replaceAll("~0", "~")],
    document,
  );
}

/** The objects in `from` and in what they refer to that may have no more fields than are named. */
function closedIn(document: JsonObject, from: readonly unknown[]): Set<object> {
  const seen = new Set<object>();
  const closed = new Set<object>();
  const walk = (node: unknown): void => {
    if (typeof node !== "object" || node === null || seen.has(node)) return;
    seen.add(node);
    const { $ref, additionalProperties } = node as { $ref?: unknown; additionalProperties?: unknown };
    if (typeof $ref === "string" && $ref.startsWith("#/")) walk(target(document, $ref));
    if (additionalProperties === false) closed.add(node);
    Object.values(node).forEach(walk);
  };
  from.forEach(walk);
  return closed;
}

/**
 * A contract as others build on it: what the platform sends, which is what `sent` refers to, may have fields that it does not
 * name. A client generated from it goes on when a later version adds one. What the platform takes stays closed.
 */
function openAnswers(document: JsonObject, sent: readonly unknown[]): JsonObject {
  const closed = closedIn(document, sent);
  const copy = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(copy);
    if (typeof node !== "object" || node === null) return node;
    const fields = Object.entries(node).filter(
      ([key]) => key !== "additionalProperties" || !closed.has(node),
    );
    return Object.fromEntries(fields.map(([key, value]) => [key, copy(value)]));
  };
  return copy(document) as JsonObject;
}

type Item = Record<string, { responses?: unknown }>;

/** openapi.yaml: the answers. */
export const openApi = (document: JsonObject): JsonObject =>
  openAnswers(
    document,
    Object.values(document["paths"] as Record<string, Item>).flatMap((item) =>
      Object.values(item).map(({ responses }) => responses),
    ),
  );

/** asyncapi.yaml: the messages that the platform sends. */
export const openMessages = (document: JsonObject): JsonObject =>
  openAnswers(
    document,
    Object.values(document["operations"] as Record<string, { action: string }>).filter(
      ({ action }) => action === "send",
    ),
  );

/** A schema of something that the platform sends. */
export const openSchema = (schema: JsonObject): JsonObject => openAnswers(schema, [schema]);
