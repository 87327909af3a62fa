import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fixture } from "../fixture.ts";

let folder = "";
let appDir = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "smp-static-"));
  appDir = join(folder, "app");
  mkdirSync(join(appDir, "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(appDir, "index.html"), "<!doctype html><title>App</title>");
  writeFileSync(join(appDir, "manifest.webmanifest"), "{}");
  writeFileSync(join(appDir, "assets", "index-Ab12.js"), "export {};");
  writeFileSync(join(appDir, "assets", "grüße.svg"), "<svg/>");
  writeFileSync(join(appDir, ".env"), "secret");
  symlinkSync(join(folder, "secret.txt"), join(appDir, "link.txt"));
  mkdirSync(join(folder, "elsewhere"));
  writeFileSync(join(folder, "elsewhere/secret.txt"), "secret");
  symlinkSync(join(folder, "elsewhere"), join(appDir, "linked"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const appOf = (dir = appDir): ReturnType<typeof fixture>["app"] => fixture({}, { appDir: dir }).app;

test("the app's page is at / and may load nothing from elsewhere", async () => {
  const response = await appOf().request("/");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("no-cache");
  const policy = response.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(await response.text()).toContain("<title>App</title>");
});

test("styles and scripts in the page itself are allowed by their hash, also when the page has not changed, and no others", async () => {
  const dir = join(folder, "styled");
  mkdirSync(dir);
  // printf 'p{color:red}' | openssl dgst -sha256 -binary | base64
  const hash = "'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='";
  writeFileSync(
    join(dir, "index.html"),
    "<!doctype html><style>p{color:red}</style><p>red<script>1</script>",
  );
  const app = appOf(dir);
  const first = await app.request("/");
  expect(first.headers.get("content-security-policy")).toContain(`style-src 'self' ${hash};`);
  // printf 1 | openssl dgst -sha256 -binary | base64
  expect(first.headers.get("content-security-policy")).toContain(
    "script-src 'self' 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=';",
  );
  const again = await app.request("/", { headers: { "if-none-match": first.headers.get("etag")! } });
  expect(again.status).toBe(304);
  expect(again.headers.get("content-security-policy")).toContain(hash);
});

test.each([
  ["/assets/index-Ab12.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"],
  ["/manifest.webmanifest", "application/manifest+json", "no-cache"],
  ["/assets/gr%C3%BC%C3%9Fe.svg", "image/svg+xml", "public, max-age=31536000, immutable"],
])("%s has its type, and is kept as long as its name allows", async (path, type, cache) => {
  const response = await appOf().request(path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(type);
  expect(response.headers.get("cache-control")).toBe(cache);
});

test("a screen opened by its address is the app's page; a program that asks there is told that there is nothing", async () => {
  const html = { headers: { accept: "text/html,application/xhtml+xml" } };
  const page = await appOf().request("/history?period=month", html);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("<title>App</title>");
  expect((await appOf().request("/history")).status).toBe(404);
  expect((await appOf().request("/v1/nothing", html)).status).toBe(404);
  expect((await appOf().request("/history/deeper", html)).status).toBe(404);
});

test("only the page of a group may be shown inside other sites", async () => {
  const policy = async (path: string): Promise<string> =>
    (await appOf().request(path, { headers: { accept: "text/html" } })).headers.get(
      "content-security-policy",
    )!;
  expect(await policy("/community?id=dorf&embed=1")).toContain("frame-ancestors *");
  for (const path of ["/community?id=dorf", "/?embed=1", "/tokens?embed=1"])
    expect(await policy(path), path).toContain("frame-ancestors 'none'");
});

test("a file that has not changed is answered 304", async () => {
  const app = appOf();
  const etag = (await app.request("/")).headers.get("etag")!;
  expect((await app.request("/", { headers: { "if-none-match": etag } })).status).toBe(304);
  expect((await app.request("/", { headers: { "if-none-match": `W/${etag}, "x"` } })).status).toBe(304);
});

test("HEAD has the head of the file", async () => {
  const response = await appOf().request("/assets/index-Ab12.js", { method: "HEAD" });
  expect(response.headers.get("content-length")).toBe("10");
  expect(await response.text()).toBe("");
});

test.each([
  "/../secret.txt",
  "/..%2fsecret.txt",
  "/%2e%2e/secret.txt",
  "/assets/..%2f..%2fsecret.txt",
  "/..%5csecret.txt",
  "/assets/%00",
  "//etc/passwd",
  "/.env",
  "/link.txt",
  "/linked/secret.txt",
  "/assets",
  "/assets/",
  "/%ff",
])("%s leads to no file", async (path) => {
  const response = await appOf().request(`http://localhost${path}`);
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.text()).not.toContain('"secret"');
});

test("a path below the API is never the app's page", async () => {
  const response = await appOf().request("/v1/nothing", { headers: { accept: "text/html" } });
  expect(response.status).toBe(404);
});

test("without a built app the page says how to get one, also when it is built later", async () => {
  const dir = join(folder, "later");
  const { app, clock } = fixture({}, { appDir: dir });
  const missing = await app.request("/");
  expect(missing.status).toBe(200);
  expect(await missing.text()).toContain("npm run build");
  mkdirSync(dir);
  writeFileSync(join(dir, "index.html"), "built");
  clock.now += 5_000;
  expect(await (await app.request("/")).text()).toBe("built");
  // And when the clock is set back.
  writeFileSync(join(dir, "more.txt"), "more");
  clock.now -= 5_000;
  expect(await (await app.request("/more.txt")).text()).toBe("more");
  expect(await (await fixture().app.request("/")).text()).toContain("SMP_APP_DIR");
});

test("the documentation loads only from this server", async () => {
  const response = await fixture().app.request("/docs");
  expect(response.headers.get("content-security-policy")).toContain("script-src 'self'");
  const page = await response.text();
  expect(page).not.toMatch(/https?:\/\/|<script>|style=/);
});
