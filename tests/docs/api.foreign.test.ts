import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbedded, type Embedded } from "../support/embedded.ts";
import { until } from "../support/platform-process.ts";

// docs/use/api.md says what to type; here it is typed, with Debian's curl and Python, and with pandas.
const page = new URL("../../docs/use/api.md", import.meta.url);
/** Where `.ci/run` installs pandas, for the second notebook. */
const packages = fileURLToPath(new URL("../../.cache/notebook", import.meta.url));
/** Most in the eighth hour. */
const powerW = (hour: number): number => 250 - Math.abs(hour - 7);
let platform: Embedded;

beforeAll(async () => {
  platform = await startEmbedded({ PYTHONPATH: packages });
  await platform.smp("device", "add", "my-device");
  const files = await Promise.all(
    ["ca.crt", "client.crt", "client.key"].map((name) => readFile(join(platform.bundle("my-device"), name))),
  );
  const [ca, cert, key] = files;
  const client = await connectAsync(`mqtts://localhost:${platform.mqttPort}`, {
    clientId: "my-device",
    protocolVersion: 4,
    ca: ca!,
    cert: cert!,
    key: key!,
  });
  const start = Date.parse("2026-03-29T00:00:00+01:00");
  for (let hour = 0; hour <= 23; hour++)
    await client.publishAsync(
      "sm/v1/my-device/reading",
      JSON.stringify({
        v: 1,
        t: start + hour * 3_600_000,
        r: { "1-0:1.8.0": 1_000 + hour * 250, "1-0:16.7.0": powerW(hour) },
      }),
      { qos: 1 },
    );
  await client.endAsync();
  await until("the readings", async () => {
    const { meters } = await platform.get<{ meters: unknown[] }>("/v1/meters");
    return meters.length === 1;
  });
}, 240_000);
afterAll(async () => platform?.close());
/** Each command of a page starts a process. */
const SLOW_MS = 240_000;

test(
  "every block of the page for API users runs as it stands there, one after the other",
  async () => {
    const text = await readFile(page, "utf8");
    const blocks = [...text.matchAll(/```(sh|python)\n([\s\S]*?)```/g)];
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    // One shell for all: what a block exports the next ones use.
    const script = blocks
      .map(([, language, block = ""], index) =>
        language === "sh"
          ? `echo "--- ${index}"\n${block.replaceAll("curl -s", "curl --fail-with-body -s")}`
          : `echo "--- ${index}"\npython3 - <<'PYTHON'\n${block.replaceAll("http://localhost:8080", platform.httpUrl)}\nPYTHON\n`,
      )
      .join("\n");
    const output = await platform.shell(script);
    expect(output).toContain('"name":"notebook"');
    expect(output).toContain(`"power_w":${powerW(23)}`);
    expect(output).toMatch(/23 hours, 5\.750 kWh/);
    expect(output).toContain(await ofReadings());
    expect(output).toContain("event: reading");
    expect(output).toMatch(/"updated_since"|"readings":\[\{/);
    expect(output).toContain('"visibility":"aggregate"');
    const csv = await readFile(join(platform.dir, "my-device_energy_15m_2026-03-29.csv"), "utf8");
    expect(csv.split("\r\n")).toHaveLength(94);
    const bytes = await readFile(join(platform.dir, "readings.parquet"));
    expect(
      await parquetReadObjects({
        file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
      }),
    ).toHaveLength(24);
  },
  SLOW_MS,
);

/** What the page's pandas prints, computed from what the API says in JSON. */
async function ofReadings(): Promise<string> {
  const { readings } = await platform.get<{ readings: { t: number; power_w: number }[] }>(
    "/v1/meters/my-device/readings?from=2026-03-28T23:00:00Z&to=2026-03-30T00:00:00Z",
  );
  expect(readings).toHaveLength(24);
  const mean = readings.reduce((sum, { power_w: watts }) => sum + watts, 0) / readings.length;
  const most = readings.reduce((a, b) => (b.power_w > a.power_w ? b : a));
  const at = new Date(most.t).toISOString().replace(".000Z", "+00:00");
  return `24 hours, ${mean.toFixed(2)} W on average, most at ${at}\n`;
}

test(
  "an administrator's command swaps and deletes a meter on the running platform",
  async () => {
    await platform.smp("meter", "swap", "my-device", "--at", "2026-03-29T10:30:00+02:00");
    const meter = await platform.get<{ swaps: { at: string }[] }>("/v1/meters/my-device");
    expect(meter.swaps).toEqual([{ at: "2026-03-29T10:30:00+02:00" }]);
    await expect(platform.smp("meter", "delete", "my-device")).rejects.toThrow(/--yes/);
    const deleted = JSON.parse(
      await platform.smp("meter", "delete", "my-device", "--yes", "--json"),
    ) as object;
    expect(deleted).toMatchObject({ id: "my-device", store: "done", log_until: null });
    expect((await platform.get<{ meters: unknown[] }>("/v1/meters")).meters).toEqual([]);
  },
  SLOW_MS,
);
