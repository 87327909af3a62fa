import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import type { AppContext } from "../ports.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
const FILES_MAX = 2_000;
/** A folder that was built anew is seen after this long. */
const LISTED_MS = 5_000;

/** What a page of the app carries in itself, as its policy names it (CSP 3, section 2.3.1). */
function hashesOf(page: string, tag: "script" | "style"): string[] {
  return [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g"))].map(
    ([, content = ""]) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`,
  );
}

/** Only its own scripts, styles and data: whatever slips into a page cannot run or call out. */
const pagePolicy = (frameAncestors: string, page = ""): string =>
  [
    "default-src 'none'",
    ["script-src 'self'", ...hashesOf(page, "script")].join(" "),
    ["style-src 'self'", ...hashesOf(page, "style")].join(" "),
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join("; ");
export const PAGE_POLICY: string = pagePolicy("'none'");

/**
 * What other sites may show in a frame: the page of a group, which sends no token there and has nothing to press that changes
 * anything. Browsers let this win over X-Frame-Options (CSP 3, section 6.4.2.2).
 */
function policyOf(c: AppContext, file: string, content: Buffer): string {
  const embedded = c.req.path === "/community" && c.req.query("embed") === "1";
  return pagePolicy(embedded ? "*" : "'none'", extname(file) === ".html" ? content.toString() : "");
}

const MISSING_PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Smart Meter Platform</title>
<h1>The app is not built</h1>
<p>The API runs; see <a href="docs">its documentation</a>. Build the app with <code>npm run build</code>, or set SMP_APP_DIR to its folder.</p>
</html>
`;

/** A screen of the app: one path segment without a dot, so that its files are found beside it behind any path prefix. */
const SCREEN = /^\/[a-z][a-z-]{0,39}$/;

/** The file of a path; for a browser that opens a screen of the app by its address the app's page. */
function fileNameOf(c: AppContext): string {
  const { path } = c.req;
  if (path === "/") return "/index.html";
  return SCREEN.test(path) && (c.req.header("accept") ?? "").includes("text/html") ? "/index.html" : path;
}

/** Answers a request for one of the web app's files, or undefined when there is no such file. */
export type StaticFiles = (c: AppContext) => Promise<Response | undefined>;

/**
 * Serves the files of a folder. The folder is listed, and a request is looked up in that list: no path of a request ever
 * reaches the file system, so none can leave the folder.
 */
export function staticFiles(folder: string | undefined, now: () => number): StaticFiles {
  let files: ReadonlyMap<string, string> = new Map();
  let listedAt = Number.NEGATIVE_INFINITY;
  async function fileOf(path: string): Promise<string | undefined> {
    if (folder !== undefined && Math.abs(now() - listedAt) >= LISTED_MS) {
      files = await listed(folder);
      listedAt = now();
    }
    return files.get(path);
  }

  return async function serveStatic(c) {
    const path = fileNameOf(c);
    const file = await fileOf(path);
    if (file === undefined)
      return path === "/index.html"
        ? c.body(MISSING_PAGE, 200, {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": PAGE_POLICY,
            "cache-control": "no-store",
          })
        : undefined;
    const content = await readFile(file);
    const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
    c.header("etag", etag);
    // The bundler puts a hash of the content into the names of these.
    c.header(
      "cache-control",
      path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    );
    c.header("content-security-policy", policyOf(c, file, content));
    // Not split at commas with blanks around them: a header of blanks takes the square of its length.
    const known: readonly string[] = c.req.header("if-none-match")?.match(/"[^"]*"/g) ?? [];
    if (known.includes(etag)) return c.body(null, 304);
    const type = CONTENT_TYPES[extname(file)] ?? "application/octet-stream";
    return c.body(new Uint8Array(content), 200, {
      "content-type": type,
      "content-length": String(content.byteLength),
    });
  };
}

async function listed(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const file of filesBelow(folder)) {
    if (found.size >= FILES_MAX) break;
    found.set(`/${relative(folder, file).split(sep).join("/")}`, file);
  }
  return found;
}

/** Not by `readdir`'s `recursive`: from Node 26 on it goes where links lead, out of the folder. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile() && !entry.name.startsWith(".")) yield path;
  }
}
