// What this platform must not be: a broker whose bridge listens to `publish`, after the PUBACK has gone out, and writes
// what it heard a little later. It shows that the crash tests can fail. A process of its own, so that it can be killed.
import { appendFile, readFile } from "node:fs/promises";
import { createServer } from "node:tls";
import { Aedes } from "aedes";

const FLUSH_MS = 500;
const { PORT, CERT, KEY, CA, FILE } = process.env;

const aedes = await Aedes.createBroker();
let buffer = "";
aedes.on("publish", (packet, client) => {
  if (client) buffer += `${JSON.stringify({ topic: packet.topic, payload: packet.payload.toString() })}\n`;
});
setInterval(() => {
  const lines = buffer;
  buffer = "";
  void appendFile(FILE, lines);
}, FLUSH_MS);

const [cert, key, ca] = await Promise.all([CERT, KEY, CA].map((path) => readFile(path)));
createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, aedes.handle)
  .listen(Number(PORT), "127.0.0.1")
  .on("listening", () => process.send?.("ready"));
