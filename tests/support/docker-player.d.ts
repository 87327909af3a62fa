/** What compose.yaml could not take of the words behind `docker`; undefined when it can. */
export function faultOf(words: readonly string[]): string | undefined;
