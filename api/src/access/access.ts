import { toOffsetString } from "@smp/schemas";
import type { RegistryDocument, Store } from "@smp/store";
import type { Logger } from "pino";
import { anonymousCaller, tokenCaller, type Caller } from "./caller.ts";
import { GROUP_KIND, groupRecord, type GroupRecord } from "../groups/group.ts";
import { METER_KIND, MeterSettings, type MeterRecord } from "./meter-settings.ts";
import type { Turns } from "../turns.ts";
import { TokenUse } from "./token-use.ts";
import { hashOf, SECRET, TOKEN_KIND, tokenRecord, type TokenRecord } from "./token.ts";

/** Another process' changes are looked for after the first time, and waited for after the second. */
const FRESH_MS = 1_000;
const STALE_MS_MAX = 5_000;

interface Snapshot {
  tokens: readonly TokenRecord[];
  byHash: ReadonlyMap<string, TokenRecord>;
  settings: MeterSettings;
  groups: readonly GroupRecord[];
  fetchedAt: number;
}

interface AccessOptions {
  turns: Turns;
  store: Pick<Store, "documents" | "putDocument" | "settled">;
  /** Zone in which a refusal tells a time. */
  timeZone: string;
  now: () => number;
  logger: Logger;
}

/** Thrown for a token that does not count; the message says why. */
export class InvalidToken extends Error {}

/**
 * Tokens and settings, as the store's documents have them. A change through this process holds at once; one that another
 * process made, within five seconds, and a new token of its at once, or within one while others ask with unknown ones.
 */
export class Access {
  /** When tokens were used last. */
  readonly uses: TokenUse;
  readonly #options: AccessOptions;
  readonly #listeners = new Set<() => void>();
  #snapshot: Snapshot | undefined;
  /** What it was made of. */
  #documents: readonly RegistryDocument[] = [];
  /** How many looks at the store have begun, and which of them the snapshot is. */
  #looks = 0;
  #seen = 0;
  #fetching: Promise<Snapshot> | undefined;
  /** The last look failed, which was said: every request looks again. */
  #isAway = false;
  /** When an unknown token had a look for itself. */
  #missedAt = Number.NEGATIVE_INFINITY;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.uses = new TokenUse(options);
  }

  /** Calls the listener after tokens or settings may have changed; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The caller of a request. Throws InvalidToken. */
  async caller(secret: string | undefined): Promise<Caller> {
    let { byHash, settings } = await this.#current();
    const visibilityOf = (meter: string) => settings.visibility(meter);
    if (secret === undefined) return anonymousCaller(visibilityOf);
    const hash = SECRET.test(secret) ? hashOf(secret) : undefined;
    // Somebody who has just made one by a command wants to use it now.
    if (hash !== undefined && !byHash.has(hash)) ({ byHash, settings } = await this.#afterMiss());
    const token = hash === undefined ? undefined : byHash.get(hash);
    if (!token) throw new InvalidToken("The token is not known: it was mistyped, or it is revoked.");
    if (token.expires <= this.#options.now())
      throw new InvalidToken(
        `The token ${JSON.stringify(token.name)} is expired since ${toOffsetString(token.expires, this.#options.timeZone)}.`,
      );
    this.uses.note(token.id);
    return tokenCaller(token, visibilityOf);
  }

  async tokens(): Promise<readonly TokenRecord[]> {
    return (await this.#current()).tokens;
  }

  async settings(): Promise<MeterSettings> {
    return (await this.#current()).settings;
  }

  async groups(): Promise<readonly GroupRecord[]> {
    return (await this.#current()).groups;
  }

  /** Writes a document and sees it at once; null deletes. */
  async put(kind: string, id: string, value: unknown): Promise<void> {
    await this.#change(async () => this.#put(kind, id, value));
  }

  /** Looks at what is, and writes, with no other change between. */
  async change(
    work: (put: (kind: string, id: string, value: unknown) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    await this.#change(async () => {
      await this.#fetch();
      await work((kind, id, value) => this.#put(kind, id, value));
    });
  }

  /** Changes a meter's settings, one change after the other. */
  async changeMeter(meter: string, change: (before: MeterRecord) => MeterRecord): Promise<void> {
    await this.#change(async () => {
      const { settings } = await this.#fetch();
      await this.#put(METER_KIND, meter, change(settings.of(meter)));
    });
  }

  async #put(kind: string, id: string, value: unknown): Promise<void> {
    const { store, now } = this.#options;
    await store.putDocument({ kind, id, value, t: now() });
    await store.settled("documents");
    await this.#fetch();
    for (const listener of this.#listeners) listener();
  }

  /** Two changes at the same time would each undo the other. */
  #change(change: () => Promise<void>): Promise<void> {
    return this.#options.turns.run("access", change);
  }

  /** Looks again for an unknown token, however new the snapshot is; a flood of them costs the store one such look a second. */
  #afterMiss(): Promise<Snapshot> {
    const now = this.#options.now();
    if (Math.abs(now - this.#missedAt) < FRESH_MS) return this.#current(FRESH_MS);
    this.#missedAt = now;
    // None that is under way: it may have begun before the token was made.
    return this.#fetch().catch(() => this.#current(FRESH_MS));
  }

  async #current(staleMs: number = STALE_MS_MAX): Promise<Snapshot> {
    const snapshot = this.#snapshot;
    // A clock that is set back must not make it young: a token that another process revoked would count until then.
    const age = Math.abs(this.#options.now() - (snapshot?.fetchedAt ?? Number.NEGATIVE_INFINITY));
    if (snapshot && age < FRESH_MS) return snapshot;
    const fetched = (this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined)));
    if (!snapshot) return fetched;
    // A store that is away gives no data either: what is known of the tokens may stand until it is back.
    const known = fetched.catch((error: unknown) => {
      if (!this.#isAway)
        this.#options.logger.warn({ err: error }, "tokens and settings could not be read again");
      this.#isAway = true;
      return snapshot;
    });
    return age < staleMs ? snapshot : known;
  }

  async #fetch(): Promise<Snapshot> {
    const { store, now } = this.#options;
    const fetchedAt = now();
    const look = ++this.#looks;
    const [tokens, meters, groups] = await Promise.all(
      [TOKEN_KIND, METER_KIND, GROUP_KIND].map((kind) => store.documents(kind)),
    );
    if (!tokens || !meters || !groups) throw new Error("three questions have three answers");
    this.#isAway = false;
    // One that began earlier and ends later knows less: what was revoked since would count again.
    if (this.#snapshot && look < this.#seen) return this.#snapshot;
    this.#seen = look;
    const records = tokens.map(tokenRecord).sort((a, b) => a.created - b.created);
    const all = [...tokens, ...meters, ...groups];
    const changed = this.#snapshot !== undefined && !isSame(this.#documents, all);
    this.#documents = all;
    this.#snapshot = {
      tokens: records,
      byHash: new Map(records.map((record) => [record.hash, record])),
      settings: new MeterSettings(meters),
      groups: groups.map(groupRecord),
      fetchedAt,
    };
    if (changed) for (const listener of this.#listeners) listener();
    return this.#snapshot;
  }
}

const isSame = (a: readonly RegistryDocument[], b: readonly RegistryDocument[]): boolean =>
  a.length === b.length && a.every(({ id, t }, index) => b[index]?.id === id && b[index].t === t);
