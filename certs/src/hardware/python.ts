import type { Hardware } from "./hardware.ts";

/** A program with paho, of version 1 or 2. */
export const python: Hardware = {
  fileName: "publish.py",
  content: ({
    id,
    host,
    port,
  }) => `"""Sends one reading as device ${id}. Needs paho: apt install python3-paho-mqtt, or pip install paho-mqtt."""

import json
import pathlib
import sys
import threading

import paho.mqtt.client as mqtt

HERE = pathlib.Path(__file__).resolve().parent
HOST = "${host}"
PORT = ${port}
TOPIC = "sm/v1/${id}"

connected = threading.Event()
version = getattr(mqtt, "CallbackAPIVersion", None)
client = mqtt.Client(*([version.VERSION2] if version else []), client_id="${id}")
client.tls_set(str(HERE / "ca.crt"), str(HERE / "client.crt"), str(HERE / "client.key"))
client.will_set(f"{TOPIC}/status", "offline", qos=1, retain=True)
client.on_connect = lambda *arguments: connected.set()
try:
    client.connect(HOST, PORT)
except OSError as error:
    sys.exit(f"No connection to {HOST}:{PORT} ({error}): smp doctor says why.")
client.loop_start()
if not connected.wait(10):
    sys.exit("The broker does not let this device in: smp doctor says why.")
client.publish(f"{TOPIC}/status", "online", qos=1, retain=True)
# Power now in W; energy is integer Wh: "1-0:1.8.0": 12345679. Without "t" the time of arrival counts.
reading = client.publish(f"{TOPIC}/reading", json.dumps({"v": 1, "r": {"1-0:16.7.0": 413}}), qos=1)
reading.wait_for_publish(10)
client.publish(f"{TOPIC}/status", "offline", qos=1, retain=True).wait_for_publish(10)
client.disconnect()
client.loop_stop()
print("The platform has it." if reading.is_published() else "No answer: keep the reading and send it again.")
`,
  use: "Take PATH as a start: it sends one reading and waits until the platform has it.",
  test: "python3 PATH",
};
