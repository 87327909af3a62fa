import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

/**
 * Takes away what Node's permission model leaves: sockets, name look-ups, signals to other processes. Files, child
 * processes, workers, native code and `process.binding` are the permission model's. Call it before foreign code loads.
 */
export function guardProcess({ network }: { network: boolean }): void {
  for (const name of ["kill", "_kill", "_debugProcess"]) forbid(process, name, "signals to other processes");
  if (network) return;
  for (const [owner, names] of [
    [net.Socket.prototype, ["connect"]],
    // Older than the classes, and still there: what they give listens without them.
    [net, ["_createServerHandle"]],
    [dgram, ["_createSocketHandle"]],
    [net.Server.prototype, ["listen"]],
    [dgram.Socket.prototype, ["bind", "send", "connect"]],
    [dns, Object.keys(dns)],
    [dns.promises, Object.keys(dns.promises)],
    [dns.Resolver.prototype, Object.getOwnPropertyNames(dns.Resolver.prototype)],
    [dns.promises.Resolver.prototype, Object.getOwnPropertyNames(dns.promises.Resolver.prototype)],
  ] as const)
    for (const name of names)
      if (name !== "constructor") forbid(owner, name, 'the network: its manifest lacks the right "network"');
  // Else `import { lookup } from "node:dns"` would still find the former function.
  syncBuiltinESMExports();
}

function forbid(owner: object, name: string, what: string): void {
  const former: unknown = Reflect.get(owner, name);
  if (typeof former !== "function") return;
  const refuse = (): never => {
    throw Object.assign(new Error(`This extension may not use ${what}.`), { code: "ERR_ACCESS_DENIED" });
  };
  Object.defineProperty(owner, name, { value: refuse, writable: false, configurable: false });
}
