import type { Hardware } from "./hardware.ts";

/** A header for Arduino and ESP-IDF. */
export const esp32: Hardware = {
  fileName: "secrets.h",
  elsewhere: true,
  content: ({ id, host, port, ca, cert, key }) => `// Device ${id}. Secret: it holds the private key.
// Set the clock by SNTP before TLS, or the certificate seems to be not valid yet.
#pragma once

#define SMP_DEVICE "${id}"
#define SMP_HOST "${host}"
#define SMP_PORT ${port}

static const char SMP_CA[] = R"pem(${ca})pem";

static const char SMP_CERT[] = R"pem(${cert})pem";

static const char SMP_KEY[] = R"pem(${key})pem";
`,
  use: "Copy PATH beside your sketch; WiFiClientSecure takes SMP_CA, SMP_CERT and SMP_KEY as they are.",
};
