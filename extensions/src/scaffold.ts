import { mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PlatformError } from "@smp/schemas";
import type { ExtensionKind } from "./contract/manifest.ts";
import { EXTENSION_NAME } from "./host/manifest.ts";

const CODE: Readonly<Record<ExtensionKind, string>> = {
  input: `// Turns one message into readings. See docs/extend/input.md of the platform.
export default {
  decode({ payload }) {
    let json;
    try {
      json = JSON.parse(new TextDecoder().decode(payload));
    } catch {
      return { fault: "The payload is no JSON." };
    }
    if (typeof json?.power !== "number") return { fault: 'The field "power", in kW, is missing.' };
    // Energy in Wh as whole numbers, power in W.
    return [{ v: 1, r: { "1-0:16.7.0": json.power * 1000 } }];
  },
};
`,
  processor: `// Follows the readings. See docs/extend/processor.md of the platform.
export default {
  process({ readings }) {
    const events = readings
      .filter(({ r }) => r["1-0:16.7.0"] > 10_000)
      .map(({ meter, t, r }) => ({
        // The same event has the same id, however often it comes.
        id: \`much:\${meter}:\${t}\`,
        type: "much",
        meter,
        t,
        title: \`\${meter} draws \${r["1-0:16.7.0"]} W.\`,
      }));
    return { events };
  },
};
`,
  output: `// Answers HTTP requests below /x/NAME. See docs/extend/output.md of the platform.
export default {
  async fetch(request, { store }) {
    const { pathname } = new URL(request.url);
    if (pathname !== "/") return new Response("Nothing here.", { status: 404 });
    const meters = await store.meters();
    return Response.json({ meters: meters.map(({ meter }) => meter) });
  },
};
`,
};

const CASES: Readonly<Record<ExtensionKind, object>> = {
  input: { message: { json: { power: 0.413 } }, readings: [{ v: 1, r: { "1-0:16.7.0": 413 } }] },
  processor: {
    readings: [
      {
        meter: "a",
        device: "a",
        t: 1_780_000_000_000,
        received: 1_780_000_000_000,
        r: { "1-0:16.7.0": 11_000 },
      },
    ],
    emits: {
      events: [
        {
          id: "much:a:1780000000000",
          type: "much",
          meter: "a",
          t: 1_780_000_000_000,
          title: "a draws 11000 W.",
        },
      ],
    },
  },
  output: {
    get: "/",
    store: {
      readings: [
        { meter: "a", device: "a", t: 1_780_000_000_000, received: 1_780_000_000_000, r: { "x-a": 1 } },
      ],
    },
    answers: { json: { meters: ["a"] } },
  },
};

const RIGHTS: Readonly<Record<ExtensionKind, object>> = {
  input: {},
  processor: { events: true },
  output: { read: "month" },
};

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes a new extension that passes its own test; returns its folder. Nothing is overwritten. */
export async function scaffold(kind: ExtensionKind, name: string, parent: string): Promise<string> {
  if (!EXTENSION_NAME.test(name))
    throw new PlatformError(
      "config",
      `"${name}" must be of a-z, 0-9 and -, 2 to 32 long, and begin with a letter`,
    );
  const folder = resolve(parent, name);
  if (existsSync(folder))
    throw new PlatformError("exists", `${folder} is there already: choose another name, or remove it`);
  const files: Record<string, string> = {
    "package.json": json({
      name: `smp-${name}`,
      version: "0.1.0",
      type: "module",
      exports: "./index.js",
      smp: { name, kind, interface: 1, rights: RIGHTS[kind] },
    }),
    "index.js": CODE[kind].replace("NAME", name),
    "cases/first.json": json(CASES[kind]),
  };
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content, { flag: "wx" });
  }
  return folder;
}
