import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { brokerAddress, limitConnections, networkOf } from "../src/index.ts";

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:1:2::1", "2001:db8:1:2::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["203.0.113.9:4711", "203.0.113.9:4711"],
  ["unknown", "unknown"],
  ["1:2:3:4:5:6:7:8:9", "1:2:3:4::/64"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

class Connection extends EventEmitter {
  isBrokenOff = false;
  readonly remoteAddress: string;
  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }
  destroy(): void {
    this.isBrokenOff = true;
    this.emit("close");
  }
}

test("a network has so many connections at once, and those that are exempt as many as they like", () => {
  const enter = limitConnections(2, (network) => network === "10.0.0.1");
  const come = (address: string): Connection => {
    const connection = new Connection(address);
    enter(connection);
    return connection;
  };
  const [first, second, third] = ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map(come);
  expect([first, second, third].map((one) => one?.isBrokenOff)).toEqual([false, false, true]);
  expect(come("2001:db8:0:1::1").isBrokenOff).toBe(false);
  // The one that was broken off takes no place, nor gives one back.
  expect(come("2001:db8::4").isBrokenOff).toBe(true);
  first?.emit("close");
  expect(come("2001:db8::4").isBrokenOff).toBe(false);
  expect(["10.0.0.1", "10.0.0.1", "10.0.0.1"].map((address) => come(address).isBrokenOff)).not.toContain(
    true,
  );
});

test.each([
  ["mqtts://broker.example:8884", { protocol: "mqtts", host: "broker.example", port: 8884 }],
  ["mqtt://localhost", { protocol: "mqtt", host: "localhost" }],
  ["mqtts://[2001:db8::1]:8883", { protocol: "mqtts", host: "2001:db8::1", port: 8883 }],
])("%s points to %o", (url, address) => {
  expect(brokerAddress(url)).toEqual(address);
});
