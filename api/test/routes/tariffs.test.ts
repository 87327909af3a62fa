import type { Tariff, TariffList } from "@smp/schemas/api";
import { expect, test } from "vitest";
import { fixture, METER } from "../fixture.ts";
import { tariff } from "../tariff.ts";
import { ask, askJson } from "../openapi.ts";

const put = (body: unknown, id = (body as Tariff).id): [string, RequestInit] => [
  `/v1/tariffs/${id}`,
  { method: "PUT", body: typeof body === "string" ? body : JSON.stringify(body) },
];

test("a contract is made, read, changed and removed", async () => {
  const { app } = fixture();
  expect((await ask(app, ...put(tariff()))).status).toBe(201);
  expect(await askJson(app, "/v1/tariffs/haus")).toEqual(tariff());
  expect((await ask(app, ...put(tariff({ name: "Haus neu" })))).status).toBe(200);
  const { tariffs } = await askJson<TariffList>(app, "/v1/tariffs");
  expect(tariffs).toEqual([tariff({ name: "Haus neu" })]);
  expect((await ask(app, "/v1/tariffs/haus", { method: "DELETE" })).status).toBe(204);
  expect((await ask(app, "/v1/tariffs/haus")).status).toBe(404);
  expect((await ask(app, "/v1/tariffs/haus", { method: "DELETE" })).status).toBe(404);
});

test.each([
  ["the same meter", { id: "b", valid_from: "2026-06-01" }, 422],
  ["one meter of several", { id: "b", meters: ["x", METER] }, 422],
  ["the days after the other one's end", { id: "b", valid_from: "2026-07-01" }, 201],
  ["another meter", { id: "b", meters: ["x"] }, 201],
  ["every meter without an own one", { id: "b", meters: null }, 201],
  ["itself again", { id: "haus", valid_from: "2026-06-01" }, 200],
] satisfies [string, Partial<Tariff>, number][])(
  "a second contract for %s is answered rightly",
  async (_, more, status) => {
    const { app } = fixture();
    const limited = { valid_to: "2026-07-01" };
    await ask(app, ...put(tariff(limited)));
    const response = await ask(app, ...put(tariff(more)));
    expect(response.status).toBe(status);
    if (status === 422) expect(await response.text()).toMatch(/\\"b\\" and \\"haus\\".*from 2026-0[16]-01/);
  },
);

const putAll = (...tariffs: Tariff[]): [string, RequestInit] => [
  "/v1/tariffs",
  { method: "PUT", body: JSON.stringify({ tariffs }) },
];

test("a contract and the end of the one before it are put together, or neither is", async () => {
  const { app } = fixture();
  await ask(app, ...put(tariff()));
  const ended = tariff({ valid_to: "2026-06-01" });
  const next = tariff({ id: "b", valid_from: "2026-06-01" });
  const early = tariff({ id: "b", valid_from: "2026-05-31" });
  const all = async (): Promise<Tariff[]> => (await askJson<TariffList>(app, "/v1/tariffs")).tariffs;
  const refused = await ask(app, ...putAll(ended, early));
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("from 2026-05-31")]);
  expect((await ask(app, ...putAll(next, next))).status).toBe(400);
  expect((await ask(app, ...putAll())).status).toBe(400);
  expect((await ask(app, ...putAll(ended, tariff({ id: "b", valid_from: "2026-02-30" })))).status).toBe(400);
  expect(await all()).toEqual([tariff()]);
  expect((await ask(app, ...putAll(next, ended))).status).toBe(200);
  expect(await all()).toEqual([next, ended]);
});

test("two contracts for all meters may not share a day", async () => {
  const { app } = fixture();
  await ask(app, ...put(tariff({ meters: null })));
  expect((await ask(app, ...put(tariff({ id: "b", meters: null })))).status).toBe(422);
});

test("several contracts are one write: a store that fails meanwhile keeps none of them", async () => {
  const { app, store } = fixture();
  const put = store.putDocument.bind(store);
  let writes = 0;
  store.putDocument = async (...documents) => {
    if (documents.some(({ kind }) => kind === "tariff") && ++writes > 1) throw new Error("the disk is full");
    await put(...documents);
  };
  const ended = tariff({ id: "old", valid_to: "2026-06-01" });
  expect((await ask(app, ...putAll(ended, tariff({ id: "new", valid_from: "2026-06-01" })))).status).toBe(
    200,
  );
  expect(writes).toBe(1);
});

const component = (fields: object): Partial<Tariff> => ({ import: [fields] }) as Partial<Tariff>;
test.each([
  ["broken JSON", "{", "", /no JSON/],
  ["nothing in it", "", "", /empty/],
  ["no object", "[]", "", /object/],
  ["a missing field", JSON.stringify({ ...tariff(), currency: undefined }), "", /currency/, "missing"],
  ["an unknown field", { ...tariff(), colour: "red" }, "", /colour/, "unknown"],
  [
    "a price as a number",
    { ...tariff(), ...component({ name: "E", kind: "fixed", price: 0.2 }) },
    "/import/0/price",
    /string/,
  ],
  ["an unknown kind", { ...tariff(), ...component({ name: "E", kind: "free" }) }, "/import/0", /kind/],
  [
    "too many decimals",
    { ...tariff(), ...component({ name: "E", kind: "fixed", price: "0.123456789" }) },
    "/import/0/price",
    /pattern/,
  ],
  [
    "a date that does not exist",
    tariff({ valid_from: "2026-02-30" }),
    "/valid_from",
    /does not exist/,
    "no-such-date",
  ],
  [
    "a holiday that does not exist",
    tariff({ holidays: ["2026-12-25", "2026-02-30"] }),
    "/holidays/1",
    /does not exist/,
    "no-such-date",
  ],
  [
    "an end before the beginning",
    tariff({ valid_to: "2026-01-01" }),
    "/valid_to",
    /after valid_from/,
    "not-after",
  ],
  [
    "an empty window",
    {
      ...tariff(),
      ...component({
        name: "N",
        kind: "time-of-use",
        zones: [{ name: "a", price: "0.1", from: "06:00", to: "06:00" }],
        otherwise: { name: "b", price: "0.1" },
      }),
    },
    "/import/0/zones/0/to",
    /same time/,
    "same-time",
  ],
  [
    "a minimum above the maximum",
    {
      ...tariff(),
      ...component({ name: "D", kind: "dynamic", series: "s", minimum: "0.2", maximum: "0.1" }),
    },
    "/import/0/minimum",
    /above the maximum/,
    "above-maximum",
  ],
  [
    "a minimum above the maximum, though not by its first digit",
    {
      ...tariff(),
      ...component({ name: "D", kind: "dynamic", series: "s", minimum: "10", maximum: "9" }),
    },
    "/import/0/minimum",
    /above the maximum/,
    "above-maximum",
  ],
])("a body with %s is refused with its place", async (_, body, pointer, detail, code = "form") => {
  const { app } = fixture();
  const response = await ask(app, ...put(body, "haus"));
  expect(response.status).toBe(400);
  const problem = (await response.json()) as {
    errors: { pointer: string; code: string; detail: string }[];
  };
  expect(problem.errors[0]).toMatchObject({ pointer, code });
  expect(problem.errors[0]!.detail).toMatch(detail);
  expect((await askJson<TariffList>(app, "/v1/tariffs")).tariffs).toEqual([]);
});

test("the examples are contracts that can be put as they are, and know the summer's cheaper hours", async () => {
  const { app } = fixture();
  const { tariffs } = await askJson<TariffList>(app, "/v1/tariffs/examples");
  expect(tariffs.length).toBeGreaterThan(2);
  for (const [index, example] of tariffs.entries()) {
    expect(example.source).toContain("BGBl. II Nr. 305/2025");
    // Figures of a year end with it, and what is no figure says so.
    expect(example.valid_to).toBe("2027-01-01");
    expect(`${example.source} ${example.description}`).toContain("EXAMPLE");
    expect((await ask(app, ...put({ ...example, meters: [`m-${index}`] }))).status).toBe(201);
    // Each language says of itself what is an example.
    expect(example.texts?.["de"]?.description).toContain("BEISPIEL");
    expect(`${example.source} ${example.texts?.["en"]?.description}`).toContain("EXAMPLE");
  }
  const summer = { months: [4, 5, 6, 7, 8, 9], from: "10:00", to: "16:00" };
  expect(tariffs[1]!.import).toContainEqual(
    expect.objectContaining({ zones: [expect.objectContaining(summer)] }),
  );
});

test("the id of the body is that of the address", async () => {
  const { app } = fixture();
  expect((await ask(app, ...put(tariff(), "other"))).status).toBe(400);
  expect((await app.request(...put(tariff({ id: "examples" })))).status).toBe(400);
});

test("a contract may be larger than other bodies, but not without limit", async () => {
  const { app } = fixture();
  const meters = Array.from({ length: 1_000 }, (_, index) => `meter-${index}-${"x".repeat(20)}`);
  expect((await ask(app, ...put(tariff({ meters })))).status).toBe(201);
  expect((await ask(app, ...put(" ".repeat(1_100_000), "haus"))).status).toBe(413);
});
