import type { Hardware } from "./hardware.ts";

/** A part of mosquitto.conf: gear that knows no client certificates speaks to a mosquitto at home, which speaks to us. */
export const mosquittoBridge: Hardware = {
  fileName: "mosquitto-bridge.conf",
  content: ({
    id,
    host,
    port,
    folder,
  }) => `# Device ${id}: put it into /etc/mosquitto/conf.d. The user mosquitto must be able to read the three files.
# While the line is down messages wait here, Tasmota's too, which are of QoS 0; over a restart of mosquitto with "persistence true".
queue_qos0_messages true
max_queued_messages 100000

connection ${id}
address ${host}:${port}
bridge_protocol_version mqttv311
remote_clientid ${id}
cleansession true
local_cleansession false
notifications false
try_private false
bridge_cafile ${folder}/ca.crt
bridge_certfile ${folder}/client.crt
bridge_keyfile ${folder}/client.key

# Tasmota: tele/NAME/SENSOR at home is sm/v1/${id}/raw/tele/NAME/SENSOR here. Only the topics named go out.
topic tele/# out 1 "" sm/v1/${id}/raw/
# A reading in our own form, published at home on smp/reading.
topic reading out 1 smp/ sm/v1/${id}/
`,
  use: "Copy PATH to /etc/mosquitto/conf.d on the machine of your own mosquitto, and restart that.",
};
