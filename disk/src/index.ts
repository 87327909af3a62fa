/** Files that survive a power cut, and a folder that one process holds. */
export { diskFiles, readUpTo, writeAll, type DiskFile, type DiskFiles } from "./files.ts";
export { lockDirectory, type DirectoryLock } from "./lock.ts";
export { replaceFile, syncFolder, writeNewFile } from "./whole-files.ts";
