/*
 * Writes readings in CBOR (RFC 8949) into a buffer of yours: C++11, no allocation, no Arduino needed.
 * It writes what the platform's contract asks for: definite lengths, text keys, shortest integers, 64-bit floats.
 *
 *   uint8_t buffer[256];
 *   sm::Cbor reading(buffer, sizeof buffer);
 *   reading.reading(2, unixMs);            // a reading of two registers; unixMs 0: the platform stamps the arrival
 *   reading.add("1-0:1.8.0", energyWh);    // an integer: never a 32-bit float, it cannot hold a counter
 *   reading.add("1-0:16.7.0", powerW);
 *   if (reading.ok()) publish(topic, reading.data(), reading.size());
 *
 * Apache-2.0
 */
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace sm {

class Cbor {
 public:
  Cbor(uint8_t* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity), size_(0), ok_(true) {}

  /* Opens a reading. Add exactly `registers` values after it; then, if you like, units with `map`. */
  void reading(uint32_t registers, uint64_t timeMs = 0, int64_t sequence = -1, const char* meter = nullptr,
               bool hasUnits = false) {
    map(2 + (timeMs ? 1 : 0) + (sequence >= 0 ? 1 : 0) + (meter ? 1 : 0) + (hasUnits ? 1 : 0));
    add("v", static_cast<int64_t>(1));
    if (timeMs) add("t", static_cast<int64_t>(timeMs));
    if (sequence >= 0) add("s", sequence);
    if (meter) add("m", meter);
    text("r");
    map(registers);
  }

  /* Opens an array of `readings` readings, oldest first; at most 500, and 16 KiB in all. */
  void batch(uint32_t readings) { head(0x80, readings); }

  /* Every integer by its own name: which of them int32_t or uint64_t is, differs from core to core. */
  void add(const char* key, int value) { text(key), integer(value); }
  void add(const char* key, long value) { text(key), integer(value); }
  void add(const char* key, long long value) { text(key), integer(value); }
  void add(const char* key, unsigned value) { text(key), head(0x00, value); }
  void add(const char* key, unsigned long value) { text(key), head(0x00, value); }
  void add(const char* key, unsigned long long value) { text(key), head(0x00, value); }
  void add(const char* key, double value) { text(key), number(value); }
  void add(const char* key, const char* value) { text(key), text(value); }
  /* A float would lose digits of a counter beyond 16,777,216 Wh without a word: convert on purpose, to double or integer. */
  void add(const char* key, float value) = delete;

  void map(uint32_t entries) { head(0xa0, entries); }

  void text(const char* value) {
    const size_t length = strlen(value);
    head(0x60, length);
    for (size_t i = 0; i < length; i++) byte(static_cast<uint8_t>(value[i]));
  }

  void integer(int64_t value) {
    if (value < 0)
      head(0x20, static_cast<uint64_t>(-(value + 1)));
    else
      head(0x00, static_cast<uint64_t>(value));
  }

  /* Whole numbers as integers, all others as 64-bit floats. NaN and infinity are no values: leave the register out. */
  void number(double value) {
    if (!isfinite(value)) ok_ = false;
    if (fabs(value) <= 9007199254740991.0 && value == floor(value)) return integer(static_cast<int64_t>(value));
    uint64_t bits;
    static_assert(sizeof bits == sizeof value, "this platform's double has fewer than 64 bits");
    memcpy(&bits, &value, sizeof bits);
    byte(0xfb);
    for (int shift = 56; shift >= 0; shift -= 8) byte(static_cast<uint8_t>(bits >> shift));
  }

  /* false when the buffer was too small or a value was none: then there is nothing to publish. */
  bool ok() const { return ok_; }
  const uint8_t* data() const { return buffer_; }
  size_t size() const { return size_; }

 private:
  void head(uint8_t type, uint64_t value) {
    int bytes = value < 24 ? 0 : value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;
    if (bytes == 0) return byte(static_cast<uint8_t>(type | value));
    byte(static_cast<uint8_t>(type | (bytes == 1 ? 24 : bytes == 2 ? 25 : bytes == 4 ? 26 : 27)));
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) byte(static_cast<uint8_t>(value >> shift));
  }

  void byte(uint8_t value) {
    if (size_ == capacity_) ok_ = false;
    if (ok_) buffer_[size_++] = value;
  }

  uint8_t* buffer_;
  size_t capacity_;
  size_t size_;
  bool ok_;
};

}  // namespace sm
