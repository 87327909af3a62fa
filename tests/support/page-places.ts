// Every fenced block of the pages: which test runs it, or why none does. A new block must find its place here.
const COMMANDS = "tests/devices/commands.foreign.test.ts";
const PLATFORMS = "tests/devices/platform-commands.foreign.test.ts";
const EXTEND = "tests/extensions/pages.foreign.test.ts";
const PI = "tests/devices/raspberry-pi.foreign.test.ts";
const PI_SERVICE = "tests/devices/raspberry-pi-service.foreign.test.ts";
const EMBEDDED = "tests/docs/embedded.foreign.test.ts";
const PRODUCTION = "tests/docs/production.foreign.test.ts";
const STACK = "tests/delivery/pipeline.stack.test.ts";
const CONSUMER = "tests/delivery/consumer.stack.test.ts";
const API = "tests/docs/api.foreign.test.ts";
const PKI = "certs/test/page.test.ts";
const METER = "tests/docs/adding-a-meter.test.ts";
const STORE = "store/test/memory.test.ts";
const COSTS = "api/test/cost/docs-costs.test.ts";

/** A block by its language and first words; `in` names the test that runs it, `not` why that cannot be. */
export interface Place {
  info: string;
  begins: string;
  in?: string;
  not?: string;
}
const block = (info: string, begins: string, where: string): Place => ({ info, begins, in: where });
const cannot = (info: string, begins: string, not: string): Place => ({ info, begins, not });

export const PLACES: Readonly<Record<string, readonly Place[]>> = {
  "docs/devices/README.md": [],
  "docs/devices/conformance.md": [block("sh", "npx smp conform", COMMANDS)],
  "docs/devices/esp32.md": [
    block("sh", "npx smp device add my-device --for esp32", COMMANDS),
    block("cpp", "sm::Cbor reading", "tests/devices/esp32.foreign.test.ts"),
    block("text", "a3 61 76", "tests/devices/esp32.foreign.test.ts"),
  ],
  "docs/devices/esphome.md": [
    block("sh", "npx smp device add my-device --for esphome", COMMANDS),
    block("yaml", "esphome:", "tests/devices/esphome.foreign.test.ts"),
  ],
  "docs/devices/mosquitto.md": [
    block("sh", "npx smp device add my-device", "tests/devices/mosquitto.foreign.test.ts"),
    block("sh", "my=data/pki", "tests/devices/mosquitto.foreign.test.ts"),
    block("sh", "my=data/pki", "tests/devices/mosquitto.foreign.test.ts"),
    block("sh", "npx smp token create my-device", "tests/devices/mosquitto.foreign.test.ts"),
    block("sh", "curl -s", "tests/devices/mosquitto.foreign.test.ts"),
  ],
  "docs/devices/node-red.md": [
    block("sh", "npx smp device add my-flow", "tests/devices/node-red.foreign.test.ts"),
    block("sh", "curl -s", "tests/devices/node-red.foreign.test.ts"),
    block("js", "// msg.payload", "tests/devices/node-red.foreign.test.ts"),
  ],
  "docs/devices/oesterreichs-energie.md": [block("sh", "npx smp device add at-home", COMMANDS)],
  "docs/devices/python.md": [
    block("sh", "sudo apt-get install", "tests/devices/python.foreign.test.ts"),
    block("sh test", "npx smp device add my-device", "tests/devices/python.foreign.test.ts"),
    block("sh test", "echo", "tests/devices/python.foreign.test.ts"),
    block("sh test", "curl -s", "tests/devices/python.foreign.test.ts"),
    block("python", "client.publish", "tests/devices/python.foreign.test.ts"),
  ],
  "docs/devices/raspberry-pi.md": [
    block("sh", "(umask 077", PI),
    block("sh", "sudo useradd", PI_SERVICE),
    block("yaml", "data: /var/lib/smp-edge", PI_SERVICE),
    block("sh", "sudo install", PI_SERVICE),
  ],
  "docs/devices/shelly.md": [
    block("sh", "npx smp device add em", COMMANDS),
    block("sh", "sh data/pki/devices/em/shelly.sh", COMMANDS),
    block("sh", "curl -s", COMMANDS),
  ],
  "docs/devices/simulator.md": [
    block("sh", "(umask 077", PI),
    block("sh", "npx smp edge --tcp", PI),
    block("sh", "npx smp simulate --from 2026-06-21", PI),
    block("sh", "npx smp simulate --port far", PI),
    block("sh", "npx smp edge --serial near", PI),
    block("sh", "npx smp simulate --from 2025-01-01", PI),
    block("ts", "const meter = simulatedMeter", "tests/devices/simulator-page.test.ts"),
  ],
  "docs/devices/tasmota.md": [
    cannot("text", "Tasmota ──MQTT", "a drawing"),
    block("sh", "npx smp device add home", COMMANDS),
    block("sh", "mosquitto_sub -h localhost -t 'tele", COMMANDS),
    block("sh", "curl -s", COMMANDS),
  ],
  "docs/devices/vzlogger.md": [
    block("sh", "npx smp device add cellar", PLATFORMS),
    block("sh", "SMP_X_VZLOGGER_CHANNELS", PLATFORMS),
    block("sh", "curl -s", PLATFORMS),
  ],
  "docs/use/home-assistant.md": [
    block("sh", "npx smp consumer add home-assistant", COMMANDS),
    block("sh", "mosquitto_sub -h localhost -p 8883", COMMANDS),
  ],
  "docs/extend/input.md": [
    block("json file=package.json", "{", EXTEND),
    block("js file=index.js", "", EXTEND),
    block("json file=cases/power-and-energy.json", "{", EXTEND),
    block("json file=cases/hello.json", "{", EXTEND),
    block("json file=cases/broken.json", "{", EXTEND),
    block("sh", "SMP_EXTENSIONS=./acme", EXTEND),
  ],
  "docs/extend/output.md": [
    block("json file=package.json", "{", EXTEND),
    block("js file=index.js", "", EXTEND),
    block("json file=cases/one-meter.json", "{", EXTEND),
    block("sh", "SMP_EXTENSIONS=./display", EXTEND),
    block("sh", "curl -H", EXTEND),
  ],
  "docs/extend/processor.md": [
    block("json file=package.json", "{", EXTEND),
    block("js file=index.js", "", EXTEND),
    block("json file=cases/too-much.json", "{", EXTEND),
    block("sh", "SMP_EXTENSIONS=./overvoltage", EXTEND),
  ],
  "docs/extend/README.md": [block("sh", "npx smp extension new", PLATFORMS)],
  "docs/extend/adding-a-meter.md": [
    block("sh", "npx smp decode --key YOUR_KEY capture.bin", METER),
    block("json", "{", METER),
    block("ts", "import type { MeterProfile }", METER),
    block("ts", "export const kamstrup", METER),
    block("json", "{", METER),
    block("sh", "npx vitest run edge/test/meter", METER),
  ],
  "docs/extend/store.md": [
    block("ts", "storeConformance(", STORE),
    block("sh", "npx vitest run store/test/memory.test.ts", STORE),
  ],
  "docs/operate/README.md": [],
  "docs/operate/backup.md": [
    block("sh", "npx smp backup /media/stick", EMBEDDED),
    block("cron", "30 2 * * *", EMBEDDED),
    block("sh", "mkdir readings.damaged", EMBEDDED),
  ],
  "docs/operate/certificates.md": [
    block("sh", "install -m 600 /dev/null passphrase", PKI),
    block("sh", "npx smp ca renew device", PKI),
    block("sh", "npx smp device add kitchen", PKI),
    block("sh", "npx smp device add garage --for esp32", PKI),
    block("sh", "npx smp device add meter --count 3", PKI),
    block("sh", "openssl req -new", PKI),
    block("sh", "npx smp device renew kitchen", PKI),
    block("sh", "npx smp consumer add wall-display", PKI),
    block("sh", "npx smp service add broker", PKI),
    block("sh", "npx smp device revoke kitchen", PKI),
    block("sh", "npx smp ca export-crl", PKI),
    block("sh", "openssl x509", PKI),
  ],
  "docs/operate/enrolment.md": [
    block("sh", "npx smp invite house-7", EMBEDDED),
    block("sh", "npx smp enrol house-7", EMBEDDED),
    block("sh", "npx smp invite kitchen", EMBEDDED),
    block("sh", "curl -sS", EMBEDDED),
    block("sh", "openssl ecparam", EMBEDDED),
  ],
  "docs/operate/grafana.md": [
    block("sh", "grafana-cli plugins install", EMBEDDED),
    block("sh", "npx smp token create grafana", EMBEDDED),
  ],
  "docs/operate/growing.md": [
    block("yaml", "services:", "tests/deployment/compose.test.ts"),
    block("haproxy", "frontend mqtt", PRODUCTION),
  ],
  "docs/operate/limits.md": [],
  "docs/operate/mqtt-conformance.md": [],
  "docs/operate/other-brokers.md": [
    cannot("text", "device ──MQTT", "a drawing"),
    block("sh", "npx smp consumer add smp-bridge", PRODUCTION),
    block("conf", "per_listener_settings false", "tests/delivery/mosquitto-door.foreign.test.ts"),
  ],
  "docs/operate/production.md": [
    block("sh", "mkdir -p data/pki", PRODUCTION),
    block("sh", "docker compose run --rm provision device add kitchen", STACK),
    block("yaml", "services:", "tests/deployment/compose.test.ts"),
    block("sh", "mkdir -p data/backup", STACK),
    block("sh", "docker compose stop questdb", PRODUCTION),
    block("sh", "docker compose stop questdb", PRODUCTION),
    block("sh", "docker compose stop loader", STACK),
    block("sh", "KAFKA_BROKERS=127.0.0.1:9092 SMP_DATA_DIR", STACK),
  ],
  "docs/operate/spool.md": [block("sh", "SMP_SPOOL=true npx smp broker", PRODUCTION)],
  "docs/use/api.md": [
    block("sh", "npx smp token create notebook", API),
    block("sh", "auth=", API),
    block("python", "import csv", API),
    block("python", "import os, pandas as pd", API),
    block("sh", "curl -sN", API),
    block("sh", "curl -s -H", API),
    block("sh", "admin=", API),
    block("sh", "curl -s -X PATCH", API),
    block("sh", "curl -s -H", API),
  ],
  "docs/use/client.md": [
    block("ts", "import { createClient }", EMBEDDED),
    block("sh", "npm run build", EMBEDDED),
  ],
  "docs/use/costs.md": [
    block("sh", "TOKEN=$(cat data/admin.token)", EMBEDDED),
    block("sh", "SMP_PRICES_URL=", EMBEDDED),
    block("sh", "npx smp prices delete", EMBEDDED),
    block("json", "{", COSTS),
    block("json", "{", COSTS),
  ],
  "docs/use/README.md": [block("sh", "tap=data/pki/consumers/tap", EMBEDDED)],
  "docs/use/kafka.md": [block("sh", "java -cp", CONSUMER), block("sh", "kcat -b", CONSUMER)],
  "README.md": [block("sh", "npm start", EMBEDDED), cannot("mermaid", "flowchart LR", "a drawing")],
};
