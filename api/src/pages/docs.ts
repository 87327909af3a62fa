import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { App } from "../ports.ts";
import { PAGE_POLICY } from "./static.ts";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Smart Meter Platform API</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

// The validator badge would send this document's address to a server elsewhere.
const START = `SwaggerUIBundle({ url: new URL("openapi.json", document.baseURI).href, dom_id: "#swagger-ui", validatorUrl: null, deepLinking: true });
`;

const FILES: ReadonlyMap<string, string> = new Map([
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
  ["favicon-32x32.png", "image/png"],
]);

/** The API's description as a page, wholly from this server: a platform of private data does not call out. */
export function addDocs(app: App): void {
  app.get("/docs", (c) => {
    readParameters(c, []);
    return c.body(PAGE, 200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": PAGE_POLICY,
      "cache-control": "no-cache",
    });
  });

  app.get("/docs/:file", async (c) => {
    readParameters(c, []);
    const name = c.req.param("file");
    c.header("cache-control", "public, max-age=3600");
    if (name === "start.js") return c.body(START, 200, { "content-type": "text/javascript; charset=utf-8" });
    const type = FILES.get(name);
    if (type === undefined) throw new HttpProblem("not-found", `There is no file ${quoted(name)} here.`);
    const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
    return c.body(new Uint8Array(await readFile(join(folder, name))), 200, { "content-type": type });
  });
}
