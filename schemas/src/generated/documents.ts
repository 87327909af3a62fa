// Generated from the files in schemas/ by `npm run generate`. Do not edit.

import type { JsonObject } from "./schemas.ts";

export const openapiDocument: JsonObject = {
  "openapi": "3.1.0",
  "info": {
    "title": "Smart Meter Platform API",
    "version": "1.0.0"
  },
  "paths": {},
  "components": {
    "schemas": {
      "Problem": {
        "title": "Problem",
        "description": "RFC 9457 problem details: every HTTP error, and the payload of sm/v1/{device}/error.",
        "type": "object",
        "required": [
          "type",
          "title"
        ],
        "properties": {
          "type": {
            "description": "A stable address of this kind of problem.",
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer",
            "minimum": 100,
            "maximum": 599
          },
          "detail": {
            "description": "What is wrong here and how to mend it.",
            "type": "string"
          },
          "instance": {
            "type": "string"
          },
          "code": {
            "description": "On the error topic: the rejection code.",
            "type": "string"
          },
          "errors": {
            "type": "array",
            "maxItems": 100,
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "detail"
              ],
              "properties": {
                "pointer": {
                  "description": "JSON pointer into the body.",
                  "type": "string"
                },
                "parameter": {
                  "description": "Name of the query or path parameter.",
                  "type": "string"
                },
                "detail": {
                  "type": "string"
                }
              }
            }
          }
        }
      }
    }
  }
};

export const asyncapiDocument: JsonObject = {
  "asyncapi": "3.0.0",
  "info": {
    "title": "Smart Meter Platform messages",
    "version": "1.0.0",
    "description": "What travels over MQTT between devices, the platform and taps, and over Kafka between the platform's parts and everybody's own consumers. MQTT is 3.1.1 over TLS with client certificates; the certificate names the device.",
    "license": {
      "name": "Apache-2.0",
      "url": "https://www.apache.org/licenses/LICENSE-2.0"
    }
  },
  "defaultContentType": "application/json",
  "servers": {
    "mqtt": {
      "host": "localhost:8883",
      "protocol": "secure-mqtt",
      "protocolVersion": "3.1.1",
      "description": "The broker. Mutual TLS; a device publishes only below its own name."
    },
    "kafka": {
      "host": "localhost:9092",
      "protocol": "kafka",
      "description": "The log of the production set-up. The embedded platform has none."
    }
  },
  "channels": {
    "reading": {
      "address": "sm/v1/{device}/reading",
      "title": "Readings of a device",
      "description": "QoS 1, not retained. A PUBACK means that the platform holds the reading durably, or its rejection with a reason. The first byte tells the encoding: 0x80-0xBF is CBOR, { or [ is JSON.",
      "servers": [
        {
          "$ref": "#/servers/mqtt"
        }
      ],
      "parameters": {
        "device": {
          "$ref": "#/components/parameters/device"
        }
      },
      "messages": {
        "cbor": {
          "$ref": "#/components/messages/readingCbor"
        },
        "json": {
          "$ref": "#/components/messages/readingJson"
        }
      }
    },
    "status": {
      "address": "sm/v1/{device}/status",
      "title": "Whether a device is connected",
      "description": "The text online or offline, retained; offline also as last will.",
      "servers": [
        {
          "$ref": "#/servers/mqtt"
        }
      ],
      "parameters": {
        "device": {
          "$ref": "#/components/parameters/device"
        }
      },
      "messages": {
        "status": {
          "$ref": "#/components/messages/status"
        }
      }
    },
    "info": {
      "address": "sm/v1/{device}/info",
      "title": "What a device says about itself",
      "description": "Retained JSON.",
      "servers": [
        {
          "$ref": "#/servers/mqtt"
        }
      ],
      "parameters": {
        "device": {
          "$ref": "#/components/parameters/device"
        }
      },
      "messages": {
        "info": {
          "$ref": "#/components/messages/info"
        }
      }
    },
    "error": {
      "address": "sm/v1/{device}/error",
      "title": "Why the last message of a device was rejected",
      "description": "QoS 0, not retained. The platform has acknowledged and kept the message; sending it again changes nothing.",
      "servers": [
        {
          "$ref": "#/servers/mqtt"
        }
      ],
      "parameters": {
        "device": {
          "$ref": "#/components/parameters/device"
        }
      },
      "messages": {
        "problem": {
          "$ref": "#/components/messages/problem"
        }
      }
    },
    "live": {
      "address": "live/v1/{meter}",
      "title": "Newest reading of a meter, for people with mosquitto_sub",
      "description": "JSON with friendly names, retained, QoS 0, at most one message a second and meter.",
      "servers": [
        {
          "$ref": "#/servers/mqtt"
        }
      ],
      "parameters": {
        "meter": {
          "$ref": "#/components/parameters/meter"
        }
      },
      "messages": {
        "live": {
          "$ref": "#/components/messages/live"
        }
      }
    },
    "readingsLog": {
      "address": "smp.readings.v1",
      "title": "Every accepted reading",
      "description": "Key is the meter id, so one meter's readings keep their order. At least once; (meter, t) identifies a reading.",
      "servers": [
        {
          "$ref": "#/servers/kafka"
        }
      ],
      "messages": {
        "reading": {
          "$ref": "#/components/messages/normalisedReading"
        }
      }
    },
    "rejectedLog": {
      "address": "smp.rejected.v1",
      "title": "Every message that was acknowledged but not accepted",
      "description": "Key is the device.",
      "servers": [
        {
          "$ref": "#/servers/kafka"
        }
      ],
      "messages": {
        "rejected": {
          "$ref": "#/components/messages/rejected"
        }
      }
    },
    "statusLog": {
      "address": "smp.status.v1",
      "title": "Devices coming and going, and what they say of themselves",
      "description": "Key is the device.",
      "servers": [
        {
          "$ref": "#/servers/kafka"
        }
      ],
      "messages": {
        "deviceStatus": {
          "$ref": "#/components/messages/deviceStatus"
        }
      }
    }
  },
  "operations": {
    "takeReading": {
      "action": "receive",
      "channel": {
        "$ref": "#/channels/reading"
      },
      "summary": "The platform takes readings from devices."
    },
    "takeStatus": {
      "action": "receive",
      "channel": {
        "$ref": "#/channels/status"
      },
      "summary": "The platform follows which devices are connected."
    },
    "takeInfo": {
      "action": "receive",
      "channel": {
        "$ref": "#/channels/info"
      },
      "summary": "The platform keeps what a device says about itself."
    },
    "sendError": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/error"
      },
      "summary": "The platform tells a device why its message was rejected."
    },
    "sendLive": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/live"
      },
      "summary": "The platform mirrors the newest reading for taps."
    },
    "logReading": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/readingsLog"
      },
      "summary": "Ingest writes accepted readings; the loader and anybody's consumer group read them."
    },
    "logRejected": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/rejectedLog"
      },
      "summary": "Ingest writes rejected messages with code and bytes."
    },
    "logStatus": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/statusLog"
      },
      "summary": "Ingest writes status and info messages."
    }
  },
  "components": {
    "parameters": {
      "device": {
        "description": "Name in the device's certificate, a-z, 0-9 and -, at most 40 characters."
      },
      "meter": {
        "description": "The platform's meter id, {device} or {device}.{m}."
      }
    },
    "messages": {
      "readingCbor": {
        "name": "readingCbor",
        "title": "A reading or a batch, CBOR",
        "contentType": "application/cbor",
        "description": "The JSON data model in CBOR; see reading.cddl.",
        "payload": {
          "schemaFormat": "application/schema+json;version=draft-2020-12",
          "schema": {
            "$ref": "#/components/schemas/ReadingMessage"
          }
        }
      },
      "readingJson": {
        "name": "readingJson",
        "title": "A reading or a batch, JSON",
        "contentType": "application/json",
        "payload": {
          "schemaFormat": "application/schema+json;version=draft-2020-12",
          "schema": {
            "$ref": "#/components/schemas/ReadingMessage"
          }
        },
        "examples": [
          {
            "name": "minimum",
            "payload": {
              "v": 1,
              "r": {
                "1-0:16.7.0": 413
              }
            }
          },
          {
            "name": "full",
            "payload": {
              "v": 1,
              "t": 1780000000000,
              "s": 48211,
              "m": "1KFM0200123456",
              "r": {
                "1-0:1.8.0": 12345679,
                "1-0:2.8.0": 2345678,
                "1-0:16.7.0": 413,
                "1-0:32.7.0": 230.4
              }
            }
          }
        ]
      },
      "status": {
        "name": "status",
        "title": "online or offline",
        "contentType": "text/plain",
        "payload": {
          "type": "string",
          "enum": [
            "online",
            "offline"
          ]
        }
      },
      "info": {
        "name": "info",
        "title": "A device's own description",
        "contentType": "application/json",
        "payload": {
          "title": "DeviceInfo",
          "type": "object",
          "properties": {
            "model": {
              "type": "string"
            },
            "firmware": {
              "type": "string"
            },
            "meters": {
              "type": "array",
              "items": {
                "type": "string"
              }
            }
          }
        }
      },
      "problem": {
        "name": "problem",
        "title": "RFC 9457 problem with the rejection code",
        "contentType": "application/problem+json",
        "payload": {
          "schemaFormat": "application/schema+json;version=draft-2020-12",
          "schema": {
            "$ref": "#/components/schemas/Problem"
          }
        }
      },
      "live": {
        "name": "live",
        "title": "Newest reading with friendly names",
        "contentType": "application/json",
        "payload": {
          "title": "LiveMirror",
          "description": "Friendly names of the register table, the unit as the last part of the name; codes that the table does not know stand as they are.",
          "type": "object",
          "required": [
            "meter",
            "time",
            "t"
          ],
          "properties": {
            "meter": {
              "type": "string"
            },
            "time": {
              "type": "string",
              "format": "date-time",
              "description": "RFC 3339, UTC."
            },
            "t": {
              "type": "integer",
              "description": "Unix milliseconds UTC."
            },
            "power_w": {
              "type": "number",
              "description": "Net power, import positive, where the reading tells it."
            }
          },
          "additionalProperties": true
        },
        "examples": [
          {
            "name": "household",
            "payload": {
              "meter": "demo.1KFM0200123456",
              "time": "2026-05-28T20:26:40Z",
              "t": 1780000000000,
              "power_w": 413,
              "import_wh": 12345679
            }
          }
        ]
      },
      "normalisedReading": {
        "name": "normalisedReading",
        "title": "One accepted reading",
        "contentType": "application/json",
        "headers": {
          "$ref": "#/components/schemas/kafkaHeaders"
        },
        "payload": {
          "schemaFormat": "application/schema+json;version=draft-2020-12",
          "schema": {
            "$ref": "#/components/schemas/NormalisedReading"
          }
        }
      },
      "rejected": {
        "name": "rejected",
        "title": "One rejected message",
        "contentType": "application/json",
        "headers": {
          "$ref": "#/components/schemas/kafkaHeaders"
        },
        "payload": {
          "schemaFormat": "application/schema+json;version=draft-2020-12",
          "schema": {
            "$ref": "#/components/schemas/RejectedMessage"
          }
        }
      },
      "deviceStatus": {
        "name": "deviceStatus",
        "title": "Status or description of a device",
        "contentType": "application/json",
        "headers": {
          "$ref": "#/components/schemas/kafkaHeaders"
        },
        "payload": {
          "title": "DeviceStatus",
          "type": "object",
          "required": [
            "device",
            "kind",
            "value",
            "received"
          ],
          "properties": {
            "device": {
              "type": "string"
            },
            "kind": {
              "enum": [
                "status",
                "info"
              ]
            },
            "value": {
              "description": "online or offline; or the info document."
            },
            "received": {
              "type": "integer",
              "description": "Unix milliseconds UTC."
            }
          }
        }
      }
    },
    "schemas": {
      "kafkaHeaders": {
        "type": "object",
        "properties": {
          "content-type": {
            "type": "string",
            "const": "application/json"
          },
          "device": {
            "type": "string"
          },
          "schema": {
            "type": "string",
            "description": "Name of the payload's schema."
          }
        }
      },
      "ReadingMessage": {
        "title": "ReadingMessage",
        "description": "Payload of sm/v1/{device}/reading: one reading, or a batch of 1 to 500, oldest first. CBOR (first byte 0x80-0xBF) or JSON (first byte { or [), the same data model.",
        "oneOf": [
          {
            "$ref": "#/components/schemas/Reading"
          },
          {
            "type": "array",
            "minItems": 1,
            "maxItems": 500,
            "items": {
              "$ref": "#/components/schemas/Reading"
            }
          }
        ]
      },
      "Reading": {
        "title": "Reading",
        "description": "One measurement of one meter: the payload of sm/v1/{device}/reading, or an element of a batch.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "v",
          "r"
        ],
        "properties": {
          "v": {
            "description": "Format version.",
            "const": 1
          },
          "t": {
            "description": "Measured at, Unix milliseconds UTC. Absent: the platform stamps the arrival time and marks the reading server-time.",
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "s": {
            "description": "Sequence number of the device's journal; makes loss provable.",
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "m": {
            "description": "Meter behind the device. The platform's meter id is then {device}.{m}.",
            "type": "string",
            "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,62}$"
          },
          "r": {
            "title": "Registers",
            "description": "Register to number, in the unit that the register table fixes: energy as integer Wh or varh; W, V, A, Hz, m3. Keys are OBIS codes A-B:C.D.E, or x-name for anything else.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": 64,
            "propertyNames": {
              "pattern": "^(?:[0-9]{1,3}-[0-9]{1,3}:[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(?:\\*255)?|x-[a-z0-9_]{1,32})$"
            },
            "additionalProperties": {
              "type": "number",
              "minimum": -9007199254740991,
              "maximum": 9007199254740991
            }
          },
          "u": {
            "description": "Units of the x- registers, in the words of the IANA SenML unit registry.",
            "type": "object",
            "maxProperties": 64,
            "propertyNames": {
              "pattern": "^x-[a-z0-9_]{1,32}$"
            },
            "additionalProperties": {
              "type": "string",
              "pattern": "^[ -~]{1,16}$"
            }
          }
        }
      },
      "Problem": {
        "title": "Problem",
        "description": "RFC 9457 problem details: every HTTP error, and the payload of sm/v1/{device}/error.",
        "type": "object",
        "required": [
          "type",
          "title"
        ],
        "properties": {
          "type": {
            "description": "A stable address of this kind of problem.",
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer",
            "minimum": 100,
            "maximum": 599
          },
          "detail": {
            "description": "What is wrong here and how to mend it.",
            "type": "string"
          },
          "instance": {
            "type": "string"
          },
          "code": {
            "description": "On the error topic: the rejection code.",
            "type": "string"
          },
          "errors": {
            "type": "array",
            "maxItems": 100,
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "detail"
              ],
              "properties": {
                "pointer": {
                  "description": "JSON pointer into the body.",
                  "type": "string"
                },
                "parameter": {
                  "description": "Name of the query or path parameter.",
                  "type": "string"
                },
                "detail": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "NormalisedReading": {
        "title": "NormalisedReading",
        "description": "One reading as the log smp.readings.v1 and the store hold it. Key in Kafka and in the store: (meter, t).",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "meter",
          "device",
          "t",
          "received",
          "r"
        ],
        "properties": {
          "meter": {
            "description": "The platform's meter id: {device} or {device}.{m}.",
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9-]{0,39}(?:\\.[A-Za-z0-9][A-Za-z0-9-]{0,62})?$"
          },
          "device": {
            "description": "From the certificate.",
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"
          },
          "t": {
            "description": "Measured at, Unix milliseconds UTC.",
            "type": "integer"
          },
          "received": {
            "description": "Arrived at the platform, Unix milliseconds UTC.",
            "type": "integer"
          },
          "s": {
            "description": "Sequence number of the device's journal.",
            "type": "integer"
          },
          "r": {
            "description": "Register to number, in the register table's unit.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": 64,
            "additionalProperties": {
              "type": "number"
            }
          },
          "u": {
            "description": "Units of x- registers.",
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          },
          "quality": {
            "description": "What a reader should know about this reading; absent when nothing. server-time: the device sent no time. suspect: implausible in sequence, kept out of energy until confirmed.",
            "type": "array",
            "uniqueItems": true,
            "items": {
              "enum": [
                "server-time",
                "suspect"
              ]
            }
          }
        }
      },
      "RejectedMessage": {
        "title": "RejectedMessage",
        "description": "A message, or one reading of a batch, that the platform acknowledged but could not accept. Value of smp.rejected.v1; key: device.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "device",
          "topic",
          "code",
          "detail",
          "received",
          "payload"
        ],
        "properties": {
          "device": {
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"
          },
          "topic": {
            "type": "string"
          },
          "code": {
            "title": "RejectionCode",
            "description": "empty-payload, too-large: the message's size. unknown-encoding: neither CBOR map/array nor JSON. invalid-cbor, invalid-json: does not parse. cbor-tag: a tag, which the contract forbids. schema: right encoding, wrong content. time-future: more than 10 minutes ahead. time-past: before 2020. impossible-value: outside what the quantity can be.",
            "enum": [
              "empty-payload",
              "too-large",
              "unknown-encoding",
              "invalid-cbor",
              "cbor-tag",
              "invalid-json",
              "schema",
              "time-future",
              "time-past",
              "impossible-value"
            ]
          },
          "detail": {
            "description": "A sentence: what is wrong, where, and how to mend it.",
            "type": "string"
          },
          "received": {
            "description": "Unix milliseconds UTC.",
            "type": "integer"
          },
          "index": {
            "description": "Which reading of a batch; absent when the whole message was rejected.",
            "type": "integer",
            "minimum": 0
          },
          "payload": {
            "description": "The message's original bytes, base64.",
            "type": "string",
            "contentEncoding": "base64"
          }
        }
      }
    }
  }
};
