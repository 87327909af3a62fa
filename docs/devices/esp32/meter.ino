// Publishes readings of a meter from an ESP32 over MQTT with a client certificate; keeps them until the platform has them.
// Libraries: espMqttClient (bert melis). Beside this file: sm_cbor.h, and secrets.h from `smp device add NAME --for esp32`.
#include <WiFi.h>
#include <espMqttClient.h>
#include <time.h>

#include "secrets.h"
#include "sm_cbor.h"

#define WIFI_SSID "your network"
#define WIFI_PASSWORD "its password"

const uint32_t INTERVAL_MS = 10000;
const size_t KEPT_MAX = 360;  // one hour at ten seconds, kept in memory while the platform is away

struct Reading {
  uint64_t timeMs;
  uint32_t importWh, exportWh;
  int32_t powerW;
};

espMqttClientSecure mqtt;
Reading kept[KEPT_MAX];
size_t oldest = 0, count = 0;
uint16_t awaited = 0;  // packet of the reading under way; 0: none
uint32_t lastMeasure = 0, lastAttempt = 0, waitMs = 0;

// Yours: read the meter. Counters are integers in Wh.
bool readMeter(Reading& reading) {
  reading.importWh = 12345679;
  reading.exportWh = 2345678;
  reading.powerW = 413;
  return true;
}

// 0 until the clock is set: then the platform stamps the arrival.
uint64_t unixMs() {
  struct timeval now;
  gettimeofday(&now, nullptr);
  return now.tv_sec < 1700000000 ? 0 : static_cast<uint64_t>(now.tv_sec) * 1000 + now.tv_usec / 1000;
}

void keep(const Reading& reading) {
  if (count == KEPT_MAX) oldest = (oldest + 1) % KEPT_MAX, count--;  // full: the oldest goes
  kept[(oldest + count++) % KEPT_MAX] = reading;
}

// One reading at a time; it is forgotten only when its PUBACK came.
void publishOldest() {
  if (count == 0 || awaited != 0 || !mqtt.connected()) return;
  const Reading& reading = kept[oldest];
  uint8_t buffer[160];
  sm::Cbor message(buffer, sizeof buffer);
  message.reading(3, reading.timeMs);
  message.add("1-0:1.8.0", reading.importWh);
  message.add("1-0:2.8.0", reading.exportWh);
  message.add("1-0:16.7.0", reading.powerW);
  if (message.ok()) awaited = mqtt.publish("sm/v1/" SMP_DEVICE "/reading", 1, false, message.data(), message.size());
}

void onPublish(uint16_t packetId) {
  if (packetId != awaited) return;
  awaited = 0;
  oldest = (oldest + 1) % KEPT_MAX, count--;
}

void onConnect(bool) {
  waitMs = 0;
  awaited = 0;  // a clean session: what was under way is published again
  mqtt.subscribe("sm/v1/" SMP_DEVICE "/error", 0);
  mqtt.publish("sm/v1/" SMP_DEVICE "/status", 1, true, "online");
}

// What the platform finds wrong with a reading, as a sentence.
void onMessage(const espMqttClientTypes::MessageProperties&, const char* topic, const uint8_t* payload, size_t length,
               size_t, size_t) {
  Serial.printf("%s: %.*s\n", topic, static_cast<int>(length), reinterpret_cast<const char*>(payload));
}

void setup() {
  Serial.begin(115200);
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

void loop() {
  mqtt.loop();
  // Attempts at random distances, so that a thousand devices do not come back in the same second.
  if (WiFi.isConnected() && unixMs() != 0 && mqtt.disconnected() && millis() - lastAttempt >= waitMs) {
    lastAttempt = millis();
    waitMs = 2000 + random(waitMs < 30000 ? 30000 : 120000);
    mqtt.connect();
  }
  if (millis() - lastMeasure >= INTERVAL_MS) {
    lastMeasure = millis();
    Reading reading;
    if (readMeter(reading)) {
      reading.timeMs = unixMs();
      keep(reading);
    }
  }
  publishOldest();
}
