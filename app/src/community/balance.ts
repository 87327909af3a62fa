import { signal, type Signal } from "@preact/signals";
import type { GroupBalance, Heartbeat } from "@smp/schemas/api";
import { useEffect } from "preact/hooks";
import { groupPath } from "../api/paths.ts";
import { useResource } from "../api/resource.ts";
import { follow } from "../api/stream.ts";
import { tellPlatformTime } from "../state/clock.ts";

export interface Live {
  balance: GroupBalance | undefined;
  /** undefined: not known yet; false: this caller may not see live values. */
  allowed: boolean | undefined;
}

const newest: Signal<GroupBalance | undefined> = signal(undefined);

/** What flows in a group now; followed only where the platform answers the first question. */
export function useBalance(id: string): Live {
  const first = useResource<GroupBalance>(`${groupPath(id)}/latest`);
  const kind = first.failure?.kind;
  const allowed = first.data
    ? true
    : kind === undefined || kind === "offline" || kind === "problem"
      ? undefined
      : false;
  useEffect(() => {
    newest.value = undefined;
    if (allowed !== true) return undefined;
    return follow(`${groupPath(id)}/live`, {
      event: (name, data) => {
        if (name === "balance") newest.value = data as GroupBalance;
        else if (name === "heartbeat") tellPlatformTime((data as Heartbeat).t);
      },
      connected: () => undefined,
    });
  }, [id, allowed]);
  const balance = newest.value?.group === id ? newest.value : first.data;
  return { balance, allowed };
}
