import { expect, onTestFinished, test, vi } from "vitest";
import { tokenCommand } from "../../src/commands/token.ts";

const MADE = {
  id: "t1",
  name: "phone",
  scopes: ["read"],
  meters: ["house", "hause"],
  finest: "raw",
  device: null,
  expires: "2027-03-29T12:00:00.000+02:00",
  token: "smp_secret",
};

test("smp token create --meter makes a token before the first reading, and says which meter nobody knows", async () => {
  const said = vi.spyOn(console, "error").mockReturnValue();
  const printed = vi.spyOn(console, "log").mockReturnValue();
  onTestFinished(() => void vi.restoreAllMocks());
  const client = {
    request: (path: string) =>
      Promise.resolve(
        path === "/v1/meters"
          ? Response.json({ meters: [{ id: "flat" }, { id: "house" }] })
          : Response.json(MADE),
      ),
    close: () => Promise.resolve(),
  };
  const command = tokenCommand(() => Promise.resolve(client));
  await command.parseAsync(["create", "phone", "--meter", "house", "hause"], { from: "user" });
  expect(said.mock.calls[0]).toEqual([
    "No reading of hause has come yet: the token shows nothing of it before the first one. Known meters: flat, house.",
  ]);
  expect(printed.mock.calls).toEqual([["smp_secret"]]);
});
