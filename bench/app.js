// What the app costs a slow phone: first paint, a tap, a year's chart, on a CPU slowed down four times.
//   npm start                                    (or any platform; the address it prints has the token)
//   node bench/app.js 'http://localhost:8080/#token=smp_…' [meter]
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const ROUNDS = 5;
const SLOWDOWN = 4;
const url = process.argv[2] ?? "http://localhost:8080/";
const meter = process.argv[3];
const [base, fragment = ""] = url.split("#");
const query = meter === undefined ? "" : `?meter=${encodeURIComponent(meter)}`;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});

/** A new phone that has never seen the page. */
async function openSlowly(path) {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  const bytes = [];
  page.on("response", async (response) => {
    if (response.url().endsWith(".js")) bytes.push(gzipSync(await response.body()).length);
  });
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  await page.goto(`${base}${path}#${fragment}`);
  return { context, page, bytes };
}

/** Milliseconds from a press to the frame after the screen shows what it asked for. */
const timeOf = (page, press, shows) =>
  page.evaluate(
    `(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const start = performance.now();
      document.querySelector(${JSON.stringify(press)}).click();
      while (!document.querySelector(${JSON.stringify(shows)})) await frame();
      await frame();
      return performance.now() - start;
    })()`,
  );

const figures = { paint: [], tap: [], year: [], kilobytes: [] };
for (let round = 0; round < ROUNDS; round++) {
  const { context, page, bytes } = await openSlowly(query);
  await page.getByRole("meter").waitFor();
  await page.waitForTimeout(500);
  figures.kilobytes.push(bytes.reduce((sum, size) => sum + size, 0) / 1000);
  figures.paint.push(
    await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"),
  );
  await page.locator(".nav a[href='./history']").click();
  await page.locator(".bars svg").waitFor();
  const radio = (value) => `input[value="${value}"]`;
  figures.tap.push(await timeOf(page, radio("day"), `${radio("day")}:checked`));
  await page.waitForTimeout(500);
  figures.year.push(
    await timeOf(page, radio("year"), ".bars g.bar:nth-of-type(16), .bars[aria-valuemax='11'] svg"),
  );
  await context.close();
}
await browser.close();
console.log(`node ${process.version}, ${ROUNDS} rounds, CPU slowed ${SLOWDOWN} times, medians`);
console.log(`JavaScript of the first screen   ${median(figures.kilobytes).toFixed(1)} kB gzip`);
console.log(`first contentful paint           ${median(figures.paint).toFixed(0)} ms`);
console.log(`a tap (day) to the next frame    ${median(figures.tap).toFixed(0)} ms`);
console.log(`a year's chart, asked and drawn  ${median(figures.year).toFixed(0)} ms`);
