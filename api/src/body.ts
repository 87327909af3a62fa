import { HttpProblem, quoted } from "./problem.ts";
import type { AppContext } from "./services.ts";

/** Reads the body as JSON, whatever its content type says; what is none is the client's fault. */
export async function jsonBody(c: AppContext): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalidBody(
      "",
      text === "" ? "the body is empty" : `the body is no JSON: ${(error as Error).message}`,
    );
  }
}

/** The body's fault as a problem that points to it. `pointer` is a JSON pointer, "" for the whole. */
export const invalidBody = (pointer: string, fault: string): HttpProblem =>
  new HttpProblem("invalid-body", pointer === "" ? `${capital(fault)}.` : `${quoted(pointer)} ${fault}.`, {
    errors: [{ pointer, detail: fault }],
  });

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
