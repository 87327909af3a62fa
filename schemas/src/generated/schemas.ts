// Generated from the files in schemas/ by `npm run generate`. Do not edit.

export type JsonObject = { readonly [key: string]: unknown };

export const readingSchema: JsonObject = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://smart-meter-platform.example/schemas/reading.schema.json",
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
};

export const readingMessageSchema: JsonObject = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://smart-meter-platform.example/schemas/reading-message.schema.json",
  "title": "ReadingMessage",
  "description": "Payload of sm/v1/{device}/reading: one reading, or a batch of 1 to 500, oldest first. CBOR (first byte 0x80-0xBF) or JSON (first byte { or [), the same data model.",
  "oneOf": [
    {
      "$ref": "reading.schema.json"
    },
    {
      "type": "array",
      "minItems": 1,
      "maxItems": 500,
      "items": {
        "$ref": "reading.schema.json"
      }
    }
  ]
};

export const normalisedReadingSchema: JsonObject = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://smart-meter-platform.example/schemas/normalised-reading.schema.json",
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
};

export const rejectedSchema: JsonObject = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://smart-meter-platform.example/schemas/rejected.schema.json",
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
};

export const problemSchema: JsonObject = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://smart-meter-platform.example/schemas/problem.schema.json",
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
};
