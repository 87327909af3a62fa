import type { MeterDeletion } from "@smp/schemas/api";
import { expect, onTestFinished, test, vi } from "vitest";
import { meterCommand } from "../../src/commands/meter.ts";

const DELETED: MeterDeletion = {
  id: "house",
  deleted_at: "2026-03-29T12:00:00.000+02:00",
  store: "done",
  live: "done",
  log_until: null,
  backups_until: null,
};

test.each([
  [{}, "Backups that were made before keep it: delete them, too."],
  [
    { live: "told", log_until: "2026-04-05T12:00:00.000+02:00" },
    "The brokers take its live message away. The log keeps a copy until 2026-04-05T12:00:00.000+02:00. Backups that were made before keep it: delete them, too.",
  ],
  [
    { backups_until: "2026-06-27T12:00:00.000+02:00" },
    "Backups keep a copy until 2026-06-27T12:00:00.000+02:00.",
  ],
] as [Partial<MeterDeletion>, string][])(
  "smp meter delete says where copies stay, and no end that nobody knows: %j",
  async (known, copies) => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => said.mockRestore());
    const answer = Response.json({ ...DELETED, ...known }, { status: 202 });
    const client = { request: () => Promise.resolve(answer), close: () => Promise.resolve() };
    const command = meterCommand(() => Promise.resolve(client));
    await command.parseAsync(["delete", "house", "--yes"], { from: "user" });
    expect(said.mock.calls).toEqual([[`house: deleted at ${DELETED.deleted_at}. ${copies}`]]);
  },
);
