/**
 * Kinds of documents that devices put by themselves, as often as they like. Of these no older version is kept where the engine can
 * let go of it: a device that says something else with each message would fill the log of documents for all.
 */
export const isOfDevice = (kind: string): boolean => kind.startsWith("device-");
