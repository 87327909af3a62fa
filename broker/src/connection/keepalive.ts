import type { Client } from "aedes";

/** What Aedes 1.2.0 keeps of a client: with each packet it refreshes the timer, and clears it when the client is gone. */
interface Kept {
  _keepaliveInterval: number;
  _keepaliveTimer: NodeJS.Timeout | null;
}

/**
 * Cuts a client that was silent for one and a half times its keepalive (MQTT 3.1.1, 3.1.2.10), as Aedes does. A timer that is moved in
 * Node's lists with each packet costs a fiftieth of the packet: this one notes when something came, and looks when it fires.
 */
export function keepAlive(client: Client): void {
  const kept = client as unknown as Kept;
  const intervalMs = kept._keepaliveInterval;
  if (intervalMs <= 0 || !kept._keepaliveTimer) return;
  let heardMs = performance.now();
  const arm = (ms: number): void => {
    const timer = setTimeout(look, ms);
    timer.refresh = () => {
      heardMs = performance.now();
      return timer;
    };
    kept._keepaliveTimer = timer;
  };
  const look = (): void => {
    const leftMs = heardMs + intervalMs - performance.now();
    if (leftMs > 0) arm(leftMs);
    else client.emit("error", new Error("keep alive timeout"));
  };
  clearTimeout(kept._keepaliveTimer);
  arm(intervalMs);
}
