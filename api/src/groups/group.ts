import type { Group, GroupBody } from "@smp/schemas/api";
import { toOffsetString } from "@smp/schemas";
import type { RegistryDocument } from "@smp/store";
import type { Caller } from "../access/caller.ts";
import type { MeterSettings } from "../access/meter-settings.ts";

export const GROUP_KIND = "group";
export const GROUPS_MAX = 1_000;

/** A group as the store keeps it. */
export interface GroupRecord {
  id: string;
  name: string;
  kind: GroupBody["kind"];
  visibility: GroupBody["visibility"];
  meters: readonly string[];
  licence: GroupBody["licence"];
  created: number;
  updated: number;
}

export const groupRecord = ({ id, value }: RegistryDocument): GroupRecord => ({
  id,
  ...(value as Omit<GroupRecord, "id">),
});

/** Whether the caller may have every member's own values: then the group's sums are no secret to it. */
export const readsAll = (caller: Caller, { meters }: GroupRecord): boolean =>
  caller.may("admin") || (meters.length > 0 && meters.every((meter) => caller.canRead(meter, "raw")));

export const seesGroup = (caller: Caller, group: GroupRecord): boolean =>
  group.visibility === "public" || readsAll(caller, group);

/** A group as a caller sees it: of its members only those that it may see by themselves. */
export function groupAnswer(group: GroupRecord, caller: Caller, tz: string): Group {
  const { id, name, kind, visibility, meters, licence, created, updated } = group;
  return {
    id,
    name,
    kind,
    visibility,
    licence,
    members: meters.length,
    meters: meters.filter((meter) => caller.canSee(meter)),
    created: toOffsetString(created, tz),
    updated: toOffsetString(updated, tz),
  };
}

/** The members that count for the public: open ones as they are, the others only in sums. */
export function publicMembers(
  { meters }: GroupRecord,
  settings: MeterSettings,
): { open: string[]; aggregate: string[] } {
  const of = (level: string): string[] => meters.filter((meter) => settings.visibility(meter) === level);
  return { open: of("open"), aggregate: of("aggregate") };
}
