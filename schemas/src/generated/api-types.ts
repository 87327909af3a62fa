// Generated from the files in schemas/ by `npm run generate`. Do not edit.

/**
 * RFC 9457 problem details: every HTTP error, and the payload of sm/v1/{device}/error.
 */
export interface Problem {
  /**
   * A stable address of this kind of problem.
   */
  type: string;
  title: string;
  status?: number;
  /**
   * What is wrong here and how to mend it.
   */
  detail?: string;
  instance?: string;
  /**
   * On the error topic: the rejection code.
   */
  code?: string;
  /**
   * @maxItems 100
   */
  errors?: {
    /**
     * JSON pointer into the body.
     */
    pointer?: string;
    /**
     * Name of the query or path parameter.
     */
    parameter?: string;
    detail: string;
  }[];
  [k: string]: unknown;
}
