#!/usr/bin/env python3
"""Publishes readings from Python over MQTT with a client certificate; keeps them until the platform has them.

    publish.py --host localhost --folder data/pki/devices/my-device < readings.jsonl

Each line of the input is one reading as JSON: {"v":1,"t":1780000000000,"r":{"1-0:1.8.0":12345679,"1-0:16.7.0":413}}.
A line is done when its PUBACK came. The status topic says online and offline as the contract asks.
Needs paho-mqtt (1.6 or 2) and cbor2.
"""
import argparse
import json
import pathlib
import ssl
import sys
import threading

import cbor2
import paho.mqtt.client as mqtt


def encode(reading):
    """One reading, or a list of up to 500, as the platform wants it: definite lengths, 64-bit floats, no tags."""
    return cbor2.dumps(reading)


def client_for(device, folder):
    """A client with the device's certificate; its id is the device's name."""
    arguments = {"client_id": device, "clean_session": True, "protocol": mqtt.MQTTv311}
    if hasattr(mqtt, "CallbackAPIVersion"):  # paho-mqtt 2
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, **arguments)
    else:
        client = mqtt.Client(**arguments)
    client.tls_set(
        ca_certs=str(folder / "ca.crt"),
        certfile=str(folder / "client.crt"),
        keyfile=str(folder / "client.key"),
        tls_version=ssl.PROTOCOL_TLS_CLIENT,
    )
    client.max_inflight_messages_set(16)
    client.reconnect_delay_set(min_delay=2, max_delay=120)
    client.will_set(f"sm/v1/{device}/status", "offline", qos=1, retain=True)
    return client


def deliver(client, topic, payload, retain=False):
    """Returns when the PUBACK came, however long the connection is away before."""
    sent = client.publish(topic, payload, qos=1, retain=retain)
    sent.rc = mqtt.MQTT_ERR_SUCCESS  # without a connection paho keeps it all the same, but wait_for_publish would raise
    sent.wait_for_publish()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8883)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="the folder that `smp device add` made")
    options = parser.parse_args()
    device = options.folder.resolve().name

    client = client_for(device, options.folder)
    connected = threading.Event()

    def on_connect(client, *_):  # again after each lost connection: the session is a clean one
        client.subscribe(f"sm/v1/{device}/error")
        client.publish(f"sm/v1/{device}/status", "online", qos=1, retain=True)
        connected.set()

    client.on_connect = on_connect
    # A certificate that does not count any more shows here: the broker ends the connection, and paho tries again for ever.
    client.on_disconnect = lambda *_: print("connection lost, or refused: trying again (smp doctor says why)", file=sys.stderr)
    client.on_message = lambda _client, _data, message: print(f"refused: {message.payload.decode()}", file=sys.stderr)
    try:
        client.connect(options.host, options.port, keepalive=60)
    except OSError as error:
        sys.exit(f"No connection to {options.host}:{options.port} ({error}): smp doctor says why, and how to mend it.")
    client.loop_start()
    connected.wait()
    for line in sys.stdin:
        try:
            message = encode(json.loads(line))
        except ValueError as error:  # a bad line costs itself
            print(f"no JSON ({error}): {line.strip()[:80]}", file=sys.stderr)
            continue
        # paho keeps the message and sends it again after a lost connection, until the PUBACK.
        deliver(client, f"sm/v1/{device}/reading", message)
    deliver(client, f"sm/v1/{device}/status", "offline", retain=True)
    client.on_disconnect = None
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
