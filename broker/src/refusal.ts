/** CONNACK return codes of MQTT 3.1.1, table 3.1. */
export type ReturnCode = 2 | 3 | 4 | 5;

/**
 * Why somebody was not let in or something was not let through. `reason` is the kind, for counting; `message` the
 * sentence for the operator's log. The client sees no more than the return code: MQTT 3.1.1 has no room for words.
 */
export class Refusal extends Error {
  readonly reason: string;
  readonly returnCode: ReturnCode;

  constructor(reason: string, message: string, returnCode: ReturnCode = 5) {
    super(message);
    this.name = "Refusal";
    this.reason = reason;
    this.returnCode = returnCode;
  }
}
