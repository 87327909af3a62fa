/** An address of the API, relative to the page: the app works behind any path prefix. */
export const address = (path: string): string => new URL(path, document.baseURI).href;

export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const TIMEOUT_MS = 10_000;

/** GETs JSON; a problem answer becomes an HttpError with the server's own sentence. */
export async function getJson<T>(path: string): Promise<T> {
  const response = await fetch(address(path), {
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
    throw new HttpError(response.status, problem.detail ?? problem.title ?? response.statusText);
  }
  return (await response.json()) as T;
}
