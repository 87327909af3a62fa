import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses: the app works behind any path prefix.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: { conditions: ["source", "browser", "module", "import", "default"] },
  build: { target: "es2022", sourcemap: true, reportCompressedSize: true },
  server: { proxy: { "/v1": "http://127.0.0.1:8080" } },
});
