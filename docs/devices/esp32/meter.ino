// Publishes readings of a meter from an ESP32 over MQTT with a client certificate; keeps them until the platform has them.
// Libraries: espMqttClient (bert melis). Beside this file: sm_cbor.h, and secrets.h from `smp device add NAME --for esp32`.
#include <WiFi.h>
#include <atomic>
#include <espMqttClient.h>
#include <time.h>

#include "secrets.h"
#include "sm_cbor.h"

#define WIFI_SSID "your network"
#define WIFI_PASSWORD "its password"

const uint32_t INTERVAL_MS = 10000;
const size_t KEPT_MAX = 360;  // one hour at ten seconds, kept in memory while the platform is away

struct Reading {
  uint64_t timeMs;   // 0: the clock was not set yet
  uint32_t takenMs;  // millis() at that moment
  uint32_t importWh, exportWh;
  int32_t powerW;
};

// The client runs in a task of its own: its loop() is not ours to call, and its callbacks only leave word for ours.
espMqttClientSecure mqtt;
std::atomic<uint16_t> acknowledged{0};  // the newest PUBACK of a reading
std::atomic<uint32_t> connections{0};
uint16_t statusPacket = 0;

Reading kept[KEPT_MAX];
uint32_t oldest = 0, next = 0;            // numbers of readings; number n is in kept[n % KEPT_MAX]
uint16_t awaited = 0;                     // packet of the reading under way; 0: none
uint32_t underWay = 0, onConnection = 0;  // that reading's number, and the connection it went out on
uint32_t lastMeasure = 0, lastAttempt = 0, waitMs = 0, lastWifi = 0;

// Yours: read the meter. Counters are integers in Wh.
bool readMeter(Reading& reading) {
  reading.importWh = 12345679;
  reading.exportWh = 2345678;
  reading.powerW = 413;
  return true;
}

// 0 until the clock is set.
uint64_t unixMs() {
  struct timeval now;
  gettimeofday(&now, nullptr);
  return now.tv_sec < 1700000000 ? 0 : static_cast<uint64_t>(now.tv_sec) * 1000 + now.tv_usec / 1000;
}

void keep(const Reading& reading) {
  if (next - oldest == KEPT_MAX) oldest++;  // full: the oldest goes
  kept[next++ % KEPT_MAX] = reading;
}

// One reading at a time; it is forgotten only when its PUBACK came.
void publishOldest() {
  if (onConnection != connections) onConnection = connections, awaited = 0;
  if (awaited != 0 && awaited == acknowledged) {
    if (oldest == underWay) oldest++;  // else it made room for a newer one while it was under way
    awaited = 0;
  }
  if (oldest == next || awaited != 0 || !mqtt.connected()) return;
  Reading& reading = kept[oldest % KEPT_MAX];
  // There is no connection without a clock: now it is known when that was.
  if (reading.timeMs == 0) reading.timeMs = unixMs() - (millis() - reading.takenMs);
  uint8_t buffer[160];
  sm::Cbor message(buffer, sizeof buffer);
  message.reading(3, reading.timeMs);
  message.add("1-0:1.8.0", reading.importWh);
  message.add("1-0:2.8.0", reading.exportWh);
  message.add("1-0:16.7.0", reading.powerW);
  underWay = oldest;
  if (message.ok()) awaited = mqtt.publish("sm/v1/" SMP_DEVICE "/reading", 1, false, message.data(), message.size());
}

// Called by the client's task, perhaps before publish() has told us the number: so it is only written down.
void onPublish(uint16_t packetId) {
  if (packetId != statusPacket) acknowledged = packetId;
}

void onConnect(bool) {
  connections++;
  mqtt.subscribe("sm/v1/" SMP_DEVICE "/error", 0);
  statusPacket = mqtt.publish("sm/v1/" SMP_DEVICE "/status", 1, true, "online");
}

// What the platform finds wrong with a reading, as a sentence.
void onMessage(const espMqttClientTypes::MessageProperties&, const char* topic, const uint8_t* payload, size_t length,
               size_t, size_t) {
  Serial.printf("%s: %.*s\n", topic, static_cast<int>(length), reinterpret_cast<const char*>(payload));
}

void setup() {
  Serial.begin(115200);
  WiFi.persistent(false);  // the name and password stand here: they need not be written to the flash
  WiFi.begin(WIFI_SSID, WIFI_PASSWORD);
  configTime(0, 0, "pool.ntp.org");  // before TLS: a certificate is not valid yet in 1970
  mqtt.setServer(SMP_HOST, SMP_PORT);
  mqtt.setCACert(SMP_CA);
  mqtt.setCertificate(SMP_CERT);
  mqtt.setPrivateKey(SMP_KEY);
  mqtt.setClientId(SMP_DEVICE);
  mqtt.setCleanSession(true);
  mqtt.setKeepAlive(60);
  mqtt.setWill("sm/v1/" SMP_DEVICE "/status", 1, true, "offline");
  mqtt.onConnect(onConnect);
  mqtt.onPublish(onPublish);
  mqtt.onMessage(onMessage);
}

// The core tries again by itself, but not after each failure: a router that is starting may refuse the password once.
void stayInNetwork() {
  if (WiFi.isConnected()) {
    lastWifi = millis();
  } else if (millis() - lastWifi >= 60000) {
    lastWifi = millis();
    WiFi.disconnect();
    WiFi.begin(WIFI_SSID, WIFI_PASSWORD);
  }
}

// Attempts at random distances, so that a thousand devices do not come back in the same second.
void stayConnected() {
  if (mqtt.connected()) {
    lastAttempt = millis();
    if (waitMs > 32000) waitMs = 2000 + random(30000);
  } else if (!mqtt.disconnected()) {
    if (millis() - lastAttempt >= 180000) mqtt.disconnect(true);  // an attempt that has got stuck
  } else if (WiFi.isConnected() && unixMs() != 0 && millis() - lastAttempt >= waitMs) {
    lastAttempt = millis();
    waitMs = 2000 + random(waitMs == 0 ? 30000 : 120000);
    mqtt.clearQueue(true);  // what was under way is kept here, and published again
    mqtt.connect();
  }
}

void loop() {
  stayInNetwork();
  stayConnected();
  if (millis() - lastMeasure >= INTERVAL_MS) {
    lastMeasure = millis();
    Reading reading;
    if (readMeter(reading)) {
      reading.timeMs = unixMs();
      reading.takenMs = millis();
      keep(reading);
    }
  }
  publishOldest();
  delay(1);
}
