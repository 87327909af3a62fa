import type { SessionBegin, Sessions } from "./sessions.ts";
import type { DevicePresence, Presence } from "./presence.ts";
import { endOlder, type Takeover, type Takeovers } from "./takeovers.ts";

/** What the brokers of several processes behind one port tell each other, so that they are as one. */
export interface SiblingWords {
  /** A session has begun. */
  began?: SessionBegin;
  /** A session has ended an older one of its name. */
  tookOver?: Takeover;
  /** A device has said something of itself. */
  said?: DevicePresence;
}

export type TellSiblings = (words: SiblingWords) => void;

/** How each part tells its word. */
export const tellersOf = (
  tell: TellSiblings | undefined,
): { [Word in keyof SiblingWords]: (word: NonNullable<SiblingWords[Word]>) => void } =>
  tell
    ? {
        began: (began) => tell({ began }),
        tookOver: (tookOver) => tell({ tookOver }),
        said: (said) => tell({ said }),
      }
    : {};

/** Does what the words of another process ask for. */
export const hearSiblings =
  (parts: { sessions: Sessions; takeovers: Takeovers; presence: Presence }) =>
  ({ began, tookOver, said }: SiblingWords): void => {
    if (began) endOlder(began, parts.sessions, parts.takeovers);
    if (tookOver) parts.takeovers.hear(tookOver);
    if (said) parts.presence.hear(said);
  };
