import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/**
 * Open on every side: what the platform promises to makers of devices, authors of extensions and readers of data, each with the test that
 * shows it, by file and title. A test that is renamed or taken away is missed here. Certificates have a list of their own:
 * tests/repository/certificate-list.test.ts; the blocks of the pages: tests/support/page-places.ts.
 */
const SHOWN: readonly (readonly [string, string, string])[] = [
  // Provisioning
  [
    "an offline root",
    "certs/test/authority/crl-files.test.ts",
    "is on the stick alone; devices are issued without it",
  ],
  ["profiles and lifetimes", "certs/test/x509/certificate.test.ts", "of a device, a consumer and a service"],
  [
    "openssl verify -x509_strict",
    "certs/test/x509/certificate.test.ts",
    'describe("openssl accepts, by its strict rules,"',
  ],
  [
    "read by mosquitto",
    "certs/test/mosquitto.foreign.test.ts",
    "takes a device by our files, knows its name",
  ],
  [
    "read by mbedTLS",
    "tests/devices/mbedtls.foreign.test.ts",
    "mbedTLS reads our certificates and key, trusts the platform",
  ],
  [
    "600,000 rounds",
    "certs/test/leaf/issue.test.ts",
    "PBES2[^]*PBKDF2[^]*0927C0[^]*hmacWithSHA256[^]*aes-256-cbc",
  ],
  ["files 0600", "certs/test/leaf/issue.test.ts", "keeps secrets to the owner, whatever the umask"],
  [
    "atomic",
    "certs/test/folder/processes.test.ts",
    "a process killed at any moment leaves nothing that the next one cannot go on from",
  ],
  [
    "append-only registry with audit",
    "certs/test/folder/registry.test.ts",
    "tells the state of every certificate",
  ],
  ["every --for", "certs/test/hardware/ready-file.test.ts", "test.each(HARDWARE_NAMES)("],
  [
    "--for mosquitto",
    "certs/test/hardware/ready-file.foreign.test.ts",
    "for mosquitto is a script that sends a reading",
  ],
  [
    "--for python",
    "certs/test/hardware/ready-file.foreign.test.ts",
    "for Python is a program that runs with Debian's paho",
  ],
  [
    "--for esp32",
    "certs/test/hardware/ready-file.foreign.test.ts",
    "for an ESP32 is a header that a C++ compiler takes",
  ],
  [
    "--for mosquitto-bridge",
    "certs/test/hardware/ready-file.foreign.test.ts",
    "for a bridge makes a mosquitto at home pass on",
  ],
  [
    "--for shelly",
    "certs/test/hardware/ready-file.foreign.test.ts",
    "for a Shelly is a script that hands it certificate, key and broker",
  ],
  [
    "--for esphome",
    "tests/devices/esphome.foreign.test.ts",
    "with the file of `smp device add --for esphome`",
  ],
  [
    "--for vzlogger",
    "tests/devices/platform-commands.foreign.test.ts",
    "vzlogger's device is made beside it, and read",
  ],
  ["--for node-red", "tests/devices/node-red.foreign.test.ts", "Node-RED runs the flow of `--for node-red`"],
  [
    "the one line that tests it",
    "certs/test/commands/commands.test.ts",
    "device add prints the line that tests it, and only that, on stdout",
  ],
  [
    "--count, --json, progress",
    "certs/test/commands/many.test.ts",
    "are numbered, told of each tenth, and printed as one JSON object a line",
  ],
  ["--csr", "certs/test/x509/csr.test.ts", "gives a certificate for its key, and no key is written"],
  [
    "list, show, revoke",
    "certs/test/commands/commands.test.ts",
    "device add, list, show and revoke print JSON, one object a line",
  ],
  [
    "renew",
    "certs/test/commands/many.test.ts",
    "keeps the former certificate until it expires, and a revocation ends both",
  ],
  ["export-crl", "certs/test/commands/many.test.ts", "export-crl prints the paths of the lists"],
  [
    "idempotent, --force",
    "certs/test/leaf/issue.test.ts",
    "is issued once; the second call says that it exists",
  ],
  [
    "EST by curl and openssl",
    "certs/test/est/est.foreign.test.ts",
    "curl and openssl enrol with a code, verify what they got, and renew it",
  ],
  ["single-use code", "certs/test/est/est.test.ts", "N21: an enrolment code used twice"],
  [
    "renewal from the edge",
    "tests/certificates/renewal-platform.test.ts",
    "an edge whose certificate is due renews it at the platform",
  ],
  [
    "a simulated month of days",
    "tests/certificates/renewal.test.ts",
    "a device with a certificate of one day runs for a month untouched",
  ],
  ["smp doctor, each step", "tests/devices/doctor.test.ts", '"mirror",\n    ]);'],
  [
    "smp doctor, in words",
    "tests/devices/doctor.test.ts",
    "what is wrong is said, with how to mend it, and what hangs on it is skipped:",
  ],
  // Other people's hardware
  [
    "every page's blocks",
    "tests/docs/places.foreign.test.ts",
    "has the blocks that a test runs, or that are named with the reason why none can",
  ],
  [
    "a meter reader as a service",
    "tests/devices/raspberry-pi-service.foreign.test.ts",
    "what the unit starts, in the folder that it names, reads the meter",
  ],
  [
    "C++ makes the vectors' bytes",
    "tests/devices/esp32.foreign.test.ts",
    "writes the bytes of every golden vector",
  ],
  ["C++ without allocation", "tests/devices/esp32.foreign.test.ts", "does not allocate memory"],
  [
    "Python makes the vectors' bytes",
    "tests/devices/python.foreign.test.ts",
    "Python makes the bytes of every golden vector",
  ],
  [
    "Tasmota over a bridge",
    "tests/devices/raw.foreign.test.ts",
    "two Tasmotas behind one mosquitto at home are two meters",
  ],
  [
    "Home Assistant's discovery",
    "tests/devices/commands.foreign.test.ts",
    "Home Assistant: hears of each meter in the words that it documents",
  ],
  [
    "its device and state classes",
    "broker/test/live/home-assistant.test.ts",
    "gives each counter the class that the energy dashboard wants",
  ],
  // Three extension points
  [
    "input over MQTT and HTTP",
    "tests/extensions/extending.test.ts",
    "a device that only speaks HTTP hands in its payload with a token of its own",
  ],
  ["the shipped inputs", "extensions/test/inputs.test.ts", "every shipped input has cases and a page"],
  [
    "processor: store, readings, events",
    "tests/extensions/extending.test.ts",
    "all three work in the platform that `npm start` starts",
  ],
  [
    "peak and standby alert",
    "extensions/test/processors.test.ts",
    "peak-alert tells of a night with much standby, in local time",
  ],
  [
    "community allocation",
    "extensions/test/processors.test.ts",
    "community-allocation emits the shares of a finished quarter hour",
  ],
  ["Green Button", "extensions/test/outputs.test.ts", "green-button: well-formed ESPI"],
  [
    "EDA-style CSV",
    "extensions/test/outputs.test.ts",
    "eda-csv: every quarter hour of the long day has a line",
  ],
  ["CO₂ view", "extensions/test/outputs.test.ts", "co2: each quarter hour with its intensity"],
  [
    "the caller's rights",
    "extensions/test/outputs.test.ts",
    "hides a meter from whoever may not see it as one that is not there",
  ],
  [
    "smp extension new and test",
    "extensions/test/package.test.ts",
    "makes one that passes smp extension test, and overwrites nothing",
  ],
  ["a wrong extension is found", "extensions/test/package.test.ts", "smp extension test finds"],
  [
    "throws, hangs, leaks, floods",
    "extensions/test/isolation.test.ts",
    "floods the platform with frames that nobody asked for",
  ],
  ["rights are enforced", "extensions/test/isolation.test.ts", "what an extension's process cannot do"],
  [
    "an npm package or a folder",
    "extensions/test/package.test.ts",
    "an installed package is found by its name, from a folder below",
  ],
  ["each under 100 lines, all in one", "tests/extensions/extending.test.ts", "is under ${LINES_MAX} lines"],
  [
    "each of them in production",
    "tests/extensions/extending.stack.test.ts",
    "the three extensions of docs/extend work in production",
  ],
  [
    "written from the docs alone",
    "tests/extensions/pages.foreign.test.ts",
    "the platform runs with the extension",
  ],
  [
    "what the store answers an extension",
    "tests/extensions/store-page.test.ts",
    "the table of docs/extend has every call of the store, and the fields that come",
  ],
  // Contracts as products
  [
    "JSON Schemas and golden vectors",
    "schemas/test/contracts.test.ts",
    "golden vectors against the JSON Schemas",
  ],
  ["golden vectors and ingest", "tests/contracts/vectors.test.ts", "$name as $form is accepted"],
  [
    "CDDL, by somebody else's validator",
    "tests/contracts/cddl.foreign.test.ts",
    "what the platform accepts is valid CDDL",
  ],
  ["OpenAPI and the server", "api/test/openapi.test.ts", "openapi"],
  [
    "smp conform",
    "bridge/test/conform/conform.test.ts",
    "is told so, also that its withheld reading came again",
  ],
  [
    "versions and compatibility",
    "tests/contracts/compatibility.test.ts",
    "promised holds today, and no more is demanded",
  ],
  [
    "a list of changes",
    "tests/contracts/compatibility.test.ts",
    "the documents have one version, and the list of changes begins with it",
  ],
  ["the generated reference", "tests/docs/reference.test.ts", "the HTTP page has every operation"],
  ["its page at /docs", "api/test/openapi.test.ts", '"/docs",'],
  [
    "mosquitto in place of our broker",
    "tests/delivery/mosquitto-door.foreign.test.ts",
    "a reading of mosquitto_pub arrives in the store",
  ],
  [
    "a Python device in place of our edge",
    "tests/devices/python.foreign.test.ts",
    "publishes readings that the API serves, with %s",
  ],
  ["QuestDB", "store/test/questdb.stack.test.ts", "storeConformance("],
  ["DuckDB", "store/test/duckdb.test.ts", "storeConformance("],
  [
    "Kafka",
    "tests/delivery/pipeline.stack.test.ts",
    "real captures of the Kaifa MA309M through Kafka and QuestDB",
  ],
  ["direct", "tests/delivery/pipeline.test.ts", "CAPTURES"],
  [
    "a foreign consumer of the log",
    "tests/delivery/consumer.stack.test.ts",
    "gets every reading, and nothing that was rejected",
  ],
  [
    "a typed client, an app of under 60 lines",
    "tests/contracts/client.test.ts",
    "the example app has under 60 lines",
  ],
  [
    "the client as a package",
    "tests/docs/embedded.foreign.test.ts",
    "the package that it packs is installed elsewhere, and its example runs",
  ],
];

test.each(SHOWN)("%s is shown by %s: %s", (_what, file, title) => {
  expect(readFileSync(file, "utf8")).toContain(title);
});
