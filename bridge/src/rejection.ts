import type { RejectionCode } from "@smp/schemas";

/** Content that is acknowledged but not accepted: `detail` is a sentence for the maker of the device. */
export class Rejection extends Error {
  readonly code: RejectionCode;

  constructor(code: RejectionCode, detail: string) {
    super(detail);
    this.name = "Rejection";
    this.code = code;
  }
}
