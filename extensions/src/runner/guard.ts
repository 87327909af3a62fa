import dgram from "node:dgram";
import dns from "node:dns";
import module, { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import os from "node:os";
import traceEvents from "node:trace_events";
import v8 from "node:v8";

/** What Node's permission model leaves to every process, and an extension never gets. */
const NEVER: readonly (readonly [owner: object, names: readonly string[], what: string])[] = [
  [process, ["kill", "_kill", "_debugProcess"], "signals to other processes"],
  [os, ["setPriority"], "the priority of processes"],
  // Hooks run in a thread of their own, in which nothing is forbidden that is forbidden here.
  [module, ["register"], "hooks of modules"],
  // Node and V8 write these files themselves, without asking the permission model, and until the disk is full.
  [process, ["chdir"], "another working folder"],
  [traceEvents, ["createTracing"], "traces"],
  [v8, ["setFlagsFromString", "setHeapSnapshotNearHeapLimit"], "V8's settings"],
];

/**
 * Takes away what Node's permission model leaves: sockets, name look-ups, signals to other processes, databases, files that Node
 * writes by itself. Files, child processes, workers, native code and `process.binding` are the permission model's. Call it before foreign
 * code loads. `channel`: the way to the platform.
 */
export function guardProcess({ network, channel }: { network: boolean; channel: net.Socket }): void {
  for (const [owner, names, what] of NEVER) for (const name of names) forbid(owner, name, what);
  Object.defineProperty(process, "report", { value: undefined });
  // Sockets in the file system are other programs' of this user, such as the platform's own, which gives backups.
  const pipe = Object.getPrototypeOf(Reflect.get(channel, "_handle")) as object;
  for (const name of ["bind", "listen", "connect"]) forbid(pipe, name, "sockets in the file system");
  // From Node 22.5 on; it opens and makes files without asking the permission model.
  const sqlite: object = process.getBuiltinModule("node:sqlite") ?? {};
  for (const name of Object.keys(sqlite)) forbid(sqlite, name, "databases in files");
  if (!network) forbidNetwork();
  // Else `import { lookup } from "node:dns"` would still find the former function.
  syncBuiltinESMExports();
}

function forbidNetwork(): void {
  // From Node 25 on the permission model knows of sockets, and the channel is open by now.
  const { permission } = process as { permission?: { drop?: (scope: string) => void } };
  permission?.drop?.("net");
  for (const [owner, names] of [
    [net.Socket.prototype, ["connect"]],
    // What these give listens without the classes.
    [net, ["_createServerHandle", "BoundSocket", "_TransferredBoundSocket"]],
    [net.Server.prototype, ["listen"]],
    // Whoever has a socket has its handle, which binds and sends without it.
    [dgram, ["createSocket", "Socket", "_createSocketHandle"]],
    [dns, Object.keys(dns)],
    [dns.promises, Object.keys(dns.promises)],
    [dns.Resolver.prototype, Object.getOwnPropertyNames(dns.Resolver.prototype)],
    [dns.promises.Resolver.prototype, Object.getOwnPropertyNames(dns.promises.Resolver.prototype)],
  ] as const)
    for (const name of names)
      if (name !== "constructor") forbid(owner, name, 'the network: its manifest lacks the right "network"');
}

function forbid(owner: object, name: string, what: string): void {
  const former: unknown = Reflect.get(owner, name);
  if (typeof former !== "function") return;
  // No arrow: some of them are classes.
  const refuse = function (): never {
    throw Object.assign(new Error(`This extension may not use ${what}.`), { code: "ERR_ACCESS_DENIED" });
  };
  Object.defineProperty(owner, name, { value: refuse, writable: false, configurable: false });
}
