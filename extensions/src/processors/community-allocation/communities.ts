import { METER_ID } from "@smp/schemas";
import type { Community, Member } from "./allocate.ts";

const COMMUNITY_ID = /^[a-z][a-z0-9-]{0,19}$/;
const PERCENT = /^(?:100(?:\.0{1,4})?|\d{1,2}(?:\.\d{1,4})?)$/;
const MEMBERS_MAX = 1_000;
/** A part of a meter's id, as readings carry it. */
const M_MAX = 63;

/** Reads the setting `communities`, JSON as the README shows it. Throws the first fault as a sentence. */
export function readCommunities(text: string): Community[] {
  const { communities } = JSON.parse(text) as { communities?: unknown };
  if (!Array.isArray(communities) || communities.length === 0)
    throw new Error('The file must be {"communities": [...]} with at least one.');
  const read = (communities as Record<string, unknown>[]).map(readCommunity);
  const ids = read.flatMap(({ id, members }) => [id, ...members.map(({ meter }) => virtualMeter(id, meter))]);
  const double = ids.find((id, index) => ids.indexOf(id) !== index);
  if (double !== undefined) throw new Error(`Two of its communities or members would both be ${double}.`);
  return read;
}

function readCommunity({ id, allocation, members }: Record<string, unknown>): Community {
  if (typeof id !== "string" || !COMMUNITY_ID.test(id))
    throw new Error(`A community's id is ${JSON.stringify(id)}, but must be of a-z, 0-9 and -, at most 20.`);
  const wrong = (what: string): Error => new Error(`The community ${id} ${what}.`);
  if (allocation !== "static" && allocation !== "dynamic")
    throw wrong(`has the allocation ${JSON.stringify(allocation)}, but must have "static" or "dynamic"`);
  if (!Array.isArray(members) || members.length === 0 || members.length > MEMBERS_MAX)
    throw wrong(`must have 1 to ${MEMBERS_MAX} members`);
  const read = (members as Record<string, unknown>[]).map(({ meter, share_percent: share }): Member => {
    if (typeof meter !== "string" || !METER_ID.test(meter))
      throw wrong(`has the member ${JSON.stringify(meter)}, which is no meter's id`);
    if (virtualMeter(id, meter).length > M_MAX)
      throw wrong(`has the member ${meter}, whose id is too long for it`);
    if (allocation === "static" && (typeof share !== "string" || !PERCENT.test(share)))
      throw wrong(`must give ${meter} a "share_percent" in text, such as "12.5"`);
    return { meter, shareMillionths: typeof share === "string" ? Math.round(Number(share) * 10_000) : 0 };
  });
  const total = read.reduce((all, { shareMillionths }) => all + shareMillionths, 0);
  if (total > 1_000_000) throw wrong(`has shares of ${total / 10_000} percent together, more than 100`);
  return { id, allocation, members: read };
}

/** The virtual meter of a member; dots are for the platform. */
export const virtualMeter = (community: string, meter: string): string =>
  `${community}-${meter.replaceAll(".", "-")}`;
