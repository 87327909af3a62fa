import { PlatformError } from "@smp/schemas";

/** Bytes that do not follow the standard; the message says which rule they break. */
export class Malformed extends PlatformError {
  constructor(message: string) {
    super("malformed", message);
    this.name = "Malformed";
  }
}
