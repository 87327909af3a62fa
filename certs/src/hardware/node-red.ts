import type { DeviceFacts, Hardware } from "./hardware.ts";

/** A flow to import: a number comes in as power, a reading goes out. */
export const nodeRed: Hardware = {
  fileName: "flows.json",
  content: (facts) => {
    const name = (what: string): string => `smp-${facts.id}-${what}`;
    const flow = [
      { id: name("tab"), type: "tab", label: `smart meter ${facts.id}` },
      ...connectionNodes(facts, name),
      {
        id: name("inject"),
        type: "inject",
        z: name("tab"),
        name: "power now, W",
        props: [{ p: "payload" }],
        repeat: "10",
        once: true,
        onceDelay: "1",
        payload: "413",
        payloadType: "num",
        x: 150,
        y: 80,
        wires: [[name("reading")]],
      },
      {
        id: name("reading"),
        type: "function",
        z: name("tab"),
        name: "to a reading",
        func: 'msg.payload = { v: 1, t: Date.now(), r: { "1-0:16.7.0": Number(msg.payload) } };\nreturn msg;',
        outputs: 1,
        x: 350,
        y: 80,
        wires: [[name("out")]],
      },
      {
        id: name("out"),
        type: "mqtt out",
        z: name("tab"),
        name: "to the platform",
        topic: `sm/v1/${facts.id}/reading`,
        qos: "1",
        retain: "false",
        broker: name("broker"),
        x: 550,
        y: 80,
        wires: [],
      },
    ];
    return `${JSON.stringify(flow, undefined, 2)}\n`;
  },
  use: "Import PATH in Node-RED (menu, Import), and put your meter in the place of the inject node.",
};

/** The certificate's files, and the broker with what it says of the device. */
function connectionNodes({ id, host, port, folder }: DeviceFacts, name: (what: string) => string): object[] {
  const status = `sm/v1/${id}/status`;
  return [
    {
      id: name("tls"),
      type: "tls-config",
      name: id,
      ca: `${folder}/ca.crt`,
      cert: `${folder}/client.crt`,
      key: `${folder}/client.key`,
      verifyservercert: true,
    },
    {
      id: name("broker"),
      type: "mqtt-broker",
      name: id,
      broker: host,
      port: String(port),
      tls: name("tls"),
      usetls: true,
      clientid: id,
      protocolVersion: "4",
      keepalive: "60",
      cleansession: true,
      autoConnect: true,
      birthTopic: status,
      birthPayload: "online",
      birthQos: "1",
      birthRetain: "true",
      closeTopic: status,
      closePayload: "offline",
      closeQos: "1",
      closeRetain: "true",
      willTopic: status,
      willPayload: "offline",
      willQos: "1",
      willRetain: "true",
    },
  ];
}
