/** Files that survive a power cut, and a folder that one process holds: what the edge's journal and the bridge's spool stand on. */
export { diskFiles, readUpTo, writeAll, type DiskFile, type DiskFiles } from "./files.ts";
export { lockDirectory, type DirectoryLock } from "./lock.ts";
