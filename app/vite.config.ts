import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const OFFLINE = /\.(?:js|css|svg|png|webmanifest)$/;
const PUBLIC = ["./icon.svg", "./icon-192.png", "./icon-512.png", "./manifest.webmanifest"];

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

export default defineConfig({
  // Relative addresses: the app works behind any path prefix.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: { conditions: ["source", "browser", "module", "import", "default"] },
  plugins: [serviceWorker()],
  build: { target: "es2022", sourcemap: true, reportCompressedSize: true },
  server: { proxy: { "/v1": "http://127.0.0.1:8080" } },
});
