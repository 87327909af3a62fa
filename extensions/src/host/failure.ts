import { PlatformError } from "@smp/schemas";

/** What an extension can do wrong. */
export type FailureReason =
  /** A call threw, or answered with something that the interface does not know. The process goes on. */
  | "threw"
  /** The process was cut: a call took too long, it took too much memory, wrote too much, or ended by itself. */
  | "hung"
  | "memory"
  | "flood"
  | "died"
  /** It cannot be loaded. */
  | "broken"
  /** It is about to be restarted, and the call could not wait. */
  | "restarting"
  /** Too many calls wait: try again later. */
  | "busy"
  /** It tried what its manifest does not claim. */
  | "right";

export const CUTS: ReadonlySet<FailureReason> = new Set(["hung", "memory", "flood", "died", "broken"]);

/** A call of an extension that gave no result. The platform goes on. */
export class ExtensionFailure extends PlatformError {
  readonly reason: FailureReason;

  constructor(name: string, reason: FailureReason, detail: string) {
    super(`extension-${reason}`, `The extension ${name} ${detail}`, {
      retryable: reason === "busy" || reason === "restarting",
    });
    this.name = "ExtensionFailure";
    this.reason = reason;
  }
}
