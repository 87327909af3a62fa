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
      "description": "Arrived at the platform, Unix milliseconds UTC; of a reading that was suspect and is not any more, when that was confirmed.",
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
      "description": "empty-payload, too-large: the message's size. unknown-encoding: neither CBOR map/array nor JSON. invalid-cbor, invalid-json: does not parse. cbor-tag: a tag, which the contract forbids. schema: right encoding, wrong content. time-future: more than 10 minutes ahead. time-past: before 2020. impossible-value: outside what the quantity can be. no-input: no input extension is set for the device. input-fault: the input does not understand the payload. input-failed: the input threw, took too long or was cut.",
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
        "impossible-value",
        "no-input",
        "input-fault",
        "input-failed"
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
      "description": "The message's original bytes, base64; of a reading that an input decoded those of its message, with the first one that was rejected.",
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
          "code": {
            "description": "What kind of fault, for a program that says it in another language: a stable word.",
            "enum": [
              "missing",
              "unknown",
              "too-long",
              "form",
              "no-such-date",
              "not-after",
              "same-time",
              "above-maximum",
              "overlap",
              "future"
            ]
          },
          "detail": {
            "type": "string"
          }
        }
      }
    }
  }
};

export const tariffSchema: JsonObject = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Tariff",
  "description": "A contract with dates: what energy costs from one local midnight to another. Money and prices are decimal texts, exact.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "id",
    "name",
    "meters",
    "valid_from",
    "valid_to",
    "currency",
    "vat_percent",
    "base_fees",
    "import",
    "export"
  ],
  "properties": {
    "id": {
      "type": "string",
      "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"
    },
    "name": {
      "type": "string",
      "minLength": 1,
      "maxLength": 120
    },
    "description": {
      "type": "string",
      "maxLength": 1000
    },
    "texts": {
      "description": "Name, description and the names of fees, components and zones in other languages, by ISO 639-1 code, for a program that speaks one of them.",
      "type": "object",
      "maxProperties": 10,
      "propertyNames": {
        "pattern": "^[a-z]{2}$"
      },
      "additionalProperties": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name"
        ],
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 120
          },
          "description": {
            "type": "string",
            "maxLength": 1000
          },
          "names": {
            "description": "By the name as it stands in the contract.",
            "type": "object",
            "maxProperties": 100,
            "propertyNames": {
              "minLength": 1,
              "maxLength": 80
            },
            "additionalProperties": {
              "type": "string",
              "minLength": 1,
              "maxLength": 80
            }
          }
        }
      }
    },
    "source": {
      "description": "Where its prices come from, and when.",
      "type": "string",
      "maxLength": 500
    },
    "meters": {
      "description": "The meters that it is for. null: every meter, on days on which it has no contract of its own.",
      "oneOf": [
        {
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9-]{0,39}(?:\\.[A-Za-z0-9][A-Za-z0-9-]{0,62})?$"
          }
        },
        {
          "type": "null"
        }
      ]
    },
    "valid_from": {
      "description": "First day; it begins at midnight in the meter's time zone.",
      "type": "string",
      "pattern": "^20\\d\\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$"
    },
    "valid_to": {
      "description": "The day after the last one; null: until further notice.",
      "type": [
        "string",
        "null"
      ],
      "pattern": "^20\\d\\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$"
    },
    "currency": {
      "description": "ISO 4217.",
      "type": "string",
      "pattern": "^[A-Z]{3}$"
    },
    "vat_percent": {
      "description": "Value added tax on top of the prices, at most 2 decimals; \"0\" when the prices have it already.",
      "type": "string",
      "pattern": "^(?:0|[1-9]\\d?)(?:\\.\\d{1,2})?$"
    },
    "holidays": {
      "description": "Dates that count as `holiday` in time-of-use zones.",
      "type": "array",
      "maxItems": 500,
      "uniqueItems": true,
      "items": {
        "type": "string",
        "pattern": "^20\\d\\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$"
      }
    },
    "base_fees": {
      "description": "Fees that do not depend on energy, before VAT. Each accrues evenly over the quarter hours of its local month, year or day.",
      "type": "array",
      "maxItems": 20,
      "items": {
        "title": "BaseFee",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "amount",
          "per"
        ],
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 80
          },
          "amount": {
            "description": "Before VAT, at most 6 decimals; negative is a bonus.",
            "type": "string",
            "pattern": "^-?(?:0|[1-9]\\d{0,5})(?:\\.\\d{1,6})?$"
          },
          "per": {
            "enum": [
              "day",
              "month",
              "year"
            ]
          },
          "vat": {
            "description": "Whether VAT is put on it; without it true.",
            "type": "boolean"
          }
        }
      }
    },
    "import": {
      "description": "What a kWh from the grid costs; the components add up.",
      "type": "array",
      "maxItems": 20,
      "items": {
        "$ref": "#/$defs/component"
      }
    },
    "export": {
      "description": "What a kWh into the grid earns; the components add up. Empty: nothing.",
      "type": "array",
      "maxItems": 20,
      "items": {
        "$ref": "#/$defs/component"
      }
    }
  },
  "$defs": {
    "component": {
      "title": "PriceComponent",
      "description": "One part of a price per kWh, before VAT. The components of a direction add up.",
      "oneOf": [
        {
          "$ref": "#/$defs/fixed"
        },
        {
          "$ref": "#/$defs/time-of-use"
        },
        {
          "$ref": "#/$defs/dynamic"
        }
      ],
      "discriminator": {
        "propertyName": "kind"
      },
      "type": "object"
    },
    "fixed": {
      "title": "FixedPrice",
      "description": "The same at every time.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "kind",
        "price"
      ],
      "properties": {
        "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 80
        },
        "kind": {
          "const": "fixed"
        },
        "price": {
          "$ref": "#/$defs/price"
        },
        "vat": {
          "description": "Whether VAT is put on it; import: true, export: false.",
          "type": "boolean"
        }
      }
    },
    "time-of-use": {
      "title": "TimeOfUsePrice",
      "description": "By the clock of the meter's time zone. The first zone that fits gives the price, else `otherwise`.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "kind",
        "zones",
        "otherwise"
      ],
      "properties": {
        "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 80
        },
        "kind": {
          "const": "time-of-use"
        },
        "zones": {
          "type": "array",
          "minItems": 1,
          "maxItems": 50,
          "items": {
            "title": "TimeZonePrice",
            "description": "A window of the day. What is left out does not restrict. From 22:00 to 06:00 crosses midnight: the whole window belongs to the day on which it begins.",
            "type": "object",
            "additionalProperties": false,
            "required": [
              "name",
              "price"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 80
              },
              "price": {
                "$ref": "#/$defs/price"
              },
              "days": {
                "description": "Days of the week. A date in the contract's `holidays` counts as `holiday` only, not as its day of the week.",
                "type": "array",
                "minItems": 1,
                "uniqueItems": true,
                "items": {
                  "title": "TariffDay",
                  "enum": [
                    "mo",
                    "tu",
                    "we",
                    "th",
                    "fr",
                    "sa",
                    "su",
                    "holiday"
                  ]
                }
              },
              "months": {
                "description": "1 is January.",
                "type": "array",
                "minItems": 1,
                "uniqueItems": true,
                "items": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 12
                }
              },
              "from": {
                "description": "Full quarter hour of the clock, inclusive; without it 00:00.",
                "type": "string",
                "pattern": "^(?:[01]\\d|2[0-3]):(?:00|15|30|45)$"
              },
              "to": {
                "description": "Full quarter hour of the clock, exclusive; without it 24:00.",
                "type": "string",
                "pattern": "^(?:(?:[01]\\d|2[0-3]):(?:00|15|30|45)|24:00)$"
              }
            }
          }
        },
        "otherwise": {
          "title": "OtherwisePrice",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "name",
            "price"
          ],
          "properties": {
            "name": {
              "type": "string",
              "minLength": 1,
              "maxLength": 80
            },
            "price": {
              "$ref": "#/$defs/price"
            }
          }
        },
        "vat": {
          "description": "Whether VAT is put on it; import: true, export: false.",
          "type": "boolean"
        }
      }
    },
    "dynamic": {
      "title": "DynamicPrice",
      "description": "series price × `factor` + `markup`, then kept within `minimum` and `maximum`. Negative prices stay negative unless `minimum` forbids them.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "kind",
        "series"
      ],
      "properties": {
        "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 80
        },
        "kind": {
          "const": "dynamic"
        },
        "series": {
          "description": "Id of the price series, see /v1/prices.",
          "type": "string",
          "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"
        },
        "slot": {
          "description": "1h: the mean of the series' four quarter hours in each full hour of the meter's clock counts, as in contracts by the hour. Without it the series' own slots.",
          "enum": [
            "15m",
            "1h"
          ]
        },
        "factor": {
          "description": "At most 6 decimals; without it 1.",
          "type": "string",
          "pattern": "^(?:0|[1-9]\\d{0,2})(?:\\.\\d{1,6})?$"
        },
        "markup": {
          "description": "Per kWh before VAT, at most 8 decimals; without it 0.",
          "$ref": "#/$defs/price"
        },
        "minimum": {
          "$ref": "#/$defs/price"
        },
        "maximum": {
          "$ref": "#/$defs/price"
        },
        "vat": {
          "description": "Whether VAT is put on it; import: true, export: false.",
          "type": "boolean"
        }
      }
    },
    "price": {
      "title": "TariffPrice",
      "description": "Per kWh before VAT, at most 8 decimals.",
      "type": "string",
      "pattern": "^-?(?:0|[1-9]\\d{0,5})(?:\\.\\d{1,8})?$"
    }
  }
};
