/** `kafka` is a class path, `questdb` one jar. */
export function findJars(): Promise<{ java: string; kafka: string; questdb: string }>;
