/**
 * An error that a caller can act on: `code` names the kind for programs, `message` says what, where and how to mend it,
 * `retryable` whether the same call may succeed later.
 *
 * @example throw new PlatformError("port-taken", `port 8883 is taken: set SMP_MQTT_PORT to another one`);
 */
export class PlatformError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "PlatformError";
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** What whatever was thrown says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const REFUSALS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ENOTDIR: "it is no folder, or lies in none",
  EACCES: "this user is not permitted to",
};

/** Why the system refused a file: what people meet often in words, the rest as the system says it. */
export const refusalOf = (error: unknown): string =>
  REFUSALS[(error as { code?: string } | undefined)?.code ?? ""] ?? messageOf(error);
