/** What one step of the doctor found. */
export interface Finding {
  readonly step: string;
  /** `unknown`: it cannot be told from here; `skipped`: a step before it failed. */
  readonly status: "ok" | "failed" | "unknown" | "skipped";
  /** What is so, as a sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly mend?: string;
}

export type Found = Omit<Finding, "step">;

export const ok = (text: string): Found => ({ status: "ok", text });
export const failed = (text: string, mend: string): Found => ({ status: "failed", text, mend });
export const unknown = (text: string): Found => ({ status: "unknown", text });
