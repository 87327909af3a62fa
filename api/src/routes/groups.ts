import { METER_ID } from "@smp/schemas";
import type { GroupBody, GroupList } from "@smp/schemas/api";
import { requireScope } from "../access/authenticate.ts";
import { json } from "../answer/answer.ts";
import { readBody } from "../request/body.ts";
import { cellsOf, CELL_MEMBERS_MIN, differencing } from "../groups/cells.ts";
import { groupAnswer, GROUP_KIND, GROUPS_MAX, seesGroup, type GroupRecord } from "../groups/group.ts";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, invalidParameter, quoted } from "../answer/problem.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";

const GROUP_ID = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Groups: meters whose sums are asked for together. */
export function addGroups(app: App, services: Services): void {
  const { access, config } = services;

  app.get("/v1/groups", async (c) => {
    readParameters(c, []);
    const caller = c.get("caller");
    const groups = (await access.groups()).filter((group) => seesGroup(caller, group));
    c.header("cache-control", "private, no-cache");
    return json(c, {
      groups: groups.map((group) => groupAnswer(group, caller, config.timeZone)),
    } satisfies GroupList);
  });

  app.get("/v1/groups/:id", async (c) => {
    readParameters(c, []);
    const group = await requireGroup(c, services);
    c.header("cache-control", "private, no-cache");
    return json(c, groupAnswer(group, c.get("caller"), config.timeZone));
  });

  app.put("/v1/groups/:id", async (c) => {
    readParameters(c, []);
    requireScope(c, "admin");
    const id = c.req.param("id");
    if (!GROUP_ID.test(id))
      throw invalidParameter(
        "id",
        `is ${quoted(id)}, but must be of a-z, 0-9 and -, at most 40, not - first`,
      );
    const body = await readBody<GroupBody>(c, "GroupBody");
    const { group, isNew } = await putGroup(services, id, body);
    return json(c, groupAnswer(group, c.get("caller"), config.timeZone), isNew ? 201 : 200);
  });

  app.delete("/v1/groups/:id", async (c) => {
    readParameters(c, []);
    requireScope(c, "admin");
    await requireGroup(c, services);
    await access.put(GROUP_KIND, c.req.param("id"), null);
    return c.body(null, 204);
  });
}

/** The group of the address; one that the caller may not see is refused like one that does not exist. */
export async function requireGroup(c: AppContext, { access }: Services): Promise<GroupRecord> {
  const id = c.req.param("id") ?? "";
  const group = (await access.groups()).find((candidate) => candidate.id === id);
  if (!group || !seesGroup(c.get("caller"), group))
    throw new HttpProblem(
      "not-found",
      `There is no group ${quoted(id)}. /v1/groups lists those that you may see.`,
    );
  return group;
}

async function putGroup(
  { access, now }: Services,
  id: string,
  body: GroupBody,
): Promise<{ group: GroupRecord; isNew: boolean }> {
  const malformed = body.meters.find((meter) => !METER_ID.test(meter));
  if (malformed !== undefined) throw new HttpProblem("refused", `${quoted(malformed)} is no meter's id.`);
  let made: { group: GroupRecord; isNew: boolean } | undefined;
  await access.change(async (put) => {
    const others = (await access.groups()).filter((group) => group.id !== id);
    const before = (await access.groups()).find((group) => group.id === id);
    if (!before && others.length >= GROUPS_MAX)
      throw new HttpProblem("refused", `There may be ${GROUPS_MAX} groups at most.`);
    const group: GroupRecord = { id, ...body, created: before?.created ?? now(), updated: now() };
    const danger = differencing(cellsOf([...others, group], await access.settings()));
    if (group.visibility === "public" && danger)
      throw new HttpProblem(
        "refused",
        `Subtracting public groups (${danger.groups.join(", ")} and those that overlap) would show ${danger.meters.length} households; ` +
          `it must be none, or at least ${CELL_MEMBERS_MIN}. Let public groups contain, or not touch, each other.`,
      );
    const { id: _id, ...value } = group;
    await put(GROUP_KIND, id, value);
    made = { group, isNew: !before };
  });
  if (!made) throw new Error("the change ran");
  return made;
}
