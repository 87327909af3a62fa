/** What a path of an OpenAPI document may hold. */
export const METHODS = ["get", "put", "post", "patch", "delete"];

/** What a node says, or what it refers to inside its document. @param {any} document @param {any} node @returns {any} */
export function deref(document, node) {
  if (typeof node?.$ref !== "string" || !node.$ref.startsWith("#/")) return node;
  const target = node.$ref
    .slice(2)
    .split("/")
    .reduce((/** @type {any} */ at, /** @type {string} */ key) => at[key], document);
  return deref(document, target);
}

/** The name of the schema or file that a node refers to. @param {any} node @returns {string | undefined} */
export const referredName = (node) => node?.$ref?.split("/").at(-1).replace(".schema.json", "");
