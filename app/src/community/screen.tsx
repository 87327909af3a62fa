import type { Group, GroupList } from "@smp/schemas/api";
import type { VNode } from "preact";
import { groupPath } from "../api/paths.ts";
import { useResource } from "../api/resource.ts";
import { text } from "../i18n.ts";
import { addressOf, route } from "../router.ts";
import { meters, platformTz } from "../state/meters.ts";
import { Head } from "../ui/head.tsx";
import { Icon } from "../ui/icon.tsx";
import { Link } from "../ui/link.tsx";
import { MetersAwaited } from "../ui/no-meter.tsx";
import { Stated } from "../ui/stated.tsx";
import { useBalance } from "./balance.ts";
import { BalanceCard } from "./balance-card.tsx";
import { EnergyCard } from "./energy-card.tsx";
import { OpenData } from "./open-data.tsx";
import "./community.css";

const KINDS = {
  community: "group.community",
  municipality: "group.municipality",
  building: "group.building",
  other: "group.other",
} as const;

function GroupPage({ group, embedded }: { group: Group; embedded: boolean }): VNode {
  const live = useBalance(group.id);
  // The group's days are those of the platform's zone, which comes with the meters.
  if (meters.value === undefined) return <MetersAwaited />;
  return (
    <>
      <Head title={group.name}>
        <span class="note">{text(KINDS[group.kind])}</span>
      </Head>
      <div class="grid community">
        <BalanceCard live={live} tz={platformTz.value} />
        <EnergyCard id={group.id} published={live.allowed === false} />
        {group.visibility === "public" && <OpenData group={group} embedded={embedded} />}
      </div>
    </>
  );
}

function Groups(): VNode {
  const list = useResource<GroupList>("v1/groups");
  return (
    <>
      <Head title={text("community.title")} />
      <Stated resource={list}>
        {({ groups }) =>
          groups.length === 0 ? (
            <section class="card stack">
              <p>{text("community.none")}</p>
              <p class="note">{text("community.how")}</p>
            </section>
          ) : (
            <ul class="cards" role="list">
              {groups.map((group) => (
                <li key={group.id}>
                  <Link class="card row-link" href={addressOf("community", { id: group.id })}>
                    <Icon name="people" />
                    <span>
                      {group.name}
                      <br />
                      <span class="note">{text(KINDS[group.kind])}</span>
                    </span>
                    <Icon name="right" />
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Stated>
    </>
  );
}

function One({ id, embedded }: { id: string; embedded: boolean }): VNode {
  const group = useResource<Group>(groupPath(id));
  return (
    <Stated resource={group} height="high">
      {(found) => <GroupPage group={found} embedded={embedded} />}
    </Stated>
  );
}

/** The page of a community or municipality, for members and for everybody; or the list of them. */
export default function CommunityScreen(): VNode {
  const { query } = route.value;
  const id = query.get("id");
  return id === null ? <Groups /> : <One key={id} id={id} embedded={query.get("embed") === "1"} />;
}
