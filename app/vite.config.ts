import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const OFFLINE = /\.(?:js|css|svg|png|webmanifest)$/;
const PUBLIC = ["./icon.svg", "./icon-192.png", "./icon-512.png", "./manifest.webmanifest"];

const SCRIPTS = /\s*<(?:script type="module"[^>]*><\/script|link rel="modulepreload"[^>]*)>/g;

/** Writes sw.js: the service worker with the list of the build's files, and a version that changes when one of them does. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const built = Object.keys(bundle)
        .filter((name) => OFFLINE.test(name))
        .map((name) => `./${name}`);
      const files = ["./", ...built, ...PUBLIC].toSorted();
      const page = Object.values(bundle).find(({ fileName }) => fileName === "index.html");
      const version = createHash("sha256")
        .update(JSON.stringify([files, page?.type === "asset" ? String(page.source) : ""]))
        .digest("hex")
        .slice(0, 12);
      const source = readFileSync(new URL("service-worker.js", import.meta.url), "utf8")
        .replace("__FILES__", JSON.stringify(files))
        .replace("__VERSION__", JSON.stringify(version));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

/**
 * The app starts after the first paint (src/main.ts): its file comes meanwhile, and is not parsed before. Scripts stand behind the
 * frame, because a parser that has met one gives way to a frame without content.
 */
function paintFirst(): Plugin {
  return {
    name: "paint-first",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const app = Object.values(bundle).find((file) => file.type === "chunk" && file.name === "app");
        if (!app) throw new Error("the chunk of src/start.tsx is not there");
        const attrs = { rel: "preload", as: "script", crossorigin: true, href: `./${app.fileName}` };
        const scripts = html.match(SCRIPTS) ?? [];
        return {
          html: html.replace(SCRIPTS, "").replace(/(\s*)<\/body>/, `${scripts.join("")}$1</body>`),
          tags: [{ tag: "link", attrs, injectTo: "body" as const }],
        };
      },
    },
  };
}

export default defineConfig({
  // Relative addresses: the app works behind any path prefix.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: { conditions: ["source", "browser", "module", "import", "default"] },
  plugins: [paintFirst(), serviceWorker()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    sourcemap: true,
    reportCompressedSize: true,
    rolldownOptions: {
      // What every screen needs is one file, not one for each set of screens that shares something.
      output: {
        codeSplitting: {
          groups: [
            { name: "app", test: /\/src\/start\.tsx$/ },
            { name: "load", test: /preload-helper|after-paint/, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8080" } },
});
