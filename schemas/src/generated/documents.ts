// Generated from the files in schemas/ by `npm run generate`. Do not edit.

import type { JsonObject } from "./schemas.ts";

export const openapiDocument: JsonObject = {
  "openapi": "3.1.0",
  "info": {
    "title": "Smart Meter Platform API",
    "version": "1.0.0",
    "summary": "Readings, energy and live values of smart meters.",
    "description": "**Times.** `from` is inclusive, `to` exclusive. Both take RFC 3339 with offset (`2026-03-29T00:00:00+01:00`), a date\n(`2026-03-29`: midnight in `tz`), or epoch milliseconds. Answers are RFC 3339 with the offset of the zone, and echo\nthe range that was answered: `from` and `to` widened to whole buckets.\n\n**Buckets.** `15m` and `1h` are fixed lengths; `day week month year` are calendar units in `tz` (weeks begin on Monday).\nA bucket without data is `null` with `coverage` 0: never 0 and never absent.\n\n**Energy** is the difference of the meter's counters, in kWh with at most three decimals, exact to the Wh. Energy\nthat passed while no readings came (at least one whole quarter hour) is known in sum, but not in time: no bucket smaller\nthan the gap gets it; a bucket (and `total`) that holds both ends includes it and says how much in\n`import_unallocated_kwh` and `export_unallocated_kwh`.\n\n**Money** is a decimal text, exact and never rounded. Prices and sums of a meter include VAT.\n\n**Access.** Without a token only public things answer. All else needs `Authorization: Bearer smp_…`; a token in an address\nis never taken. What a caller may not see answers as if it did not exist (404); a token that is unknown, expired or revoked\nis 401 whatever was asked; a right that a token lacks is 403. Answers depend on the token: `Vary: Authorization`.\n\n**Errors** are RFC 9457 problems, `application/problem+json`. Unknown parameters are refused, not ignored. Any address may also\nanswer 405 (`Allow` names its methods), 413 (a body of more than 16 KiB; prices, contracts and previews: 1 MiB) or 500.\n\n**Later versions** add fields to answers, but never to what they demand: ignore what you do not know.\n\n**Copies.** JSON answers carry an `ETag`; sent back as `If-None-Match` it is answered 304 without a body while nothing has changed. Pages of\nother origins may read all headers that are named here (CORS).\n",
    "license": {
      "name": "Apache-2.0",
      "identifier": "Apache-2.0"
    }
  },
  "servers": [
    {
      "url": "/",
      "description": "The server that hands out this document."
    }
  ],
  "security": [
    {},
    {
      "bearer": []
    }
  ],
  "tags": [
    {
      "name": "meters",
      "description": "The meters and their newest values."
    },
    {
      "name": "groups",
      "description": "Sums over meters: communities, municipalities, buildings."
    },
    {
      "name": "access",
      "description": "Who asks, and tokens."
    },
    {
      "name": "series",
      "description": "Energy, power, readings and gaps over time."
    },
    {
      "name": "costs",
      "description": "Contracts, price series, and what energy cost."
    },
    {
      "name": "live",
      "description": "Newest readings as they come, as server-sent events."
    },
    {
      "name": "extensions",
      "description": "Inputs, processors and outputs of others; an output answers below `/x/{name}`."
    },
    {
      "name": "reference",
      "description": "What the values mean; the contracts themselves."
    },
    {
      "name": "operation",
      "description": "Health and metrics for operators."
    }
  ],
  "paths": {
    "/v1/meters": {
      "get": {
        "operationId": "listMeters",
        "summary": "The meters that the caller may see",
        "tags": [
          "meters"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "The meters, in order of id.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/MeterList"
                },
                "example": {
                  "tz": "Europe/Vienna",
                  "meters": [
                    {
                      "id": "ma309-1",
                      "device": "ma309-1",
                      "name": "Haus",
                      "time_zone": "Europe/Vienna",
                      "visibility": "private",
                      "connection_limit_w": null,
                      "swaps": [],
                      "certificate_expires": "2026-06-20T08:00:00+02:00",
                      "simulated": false,
                      "first": "2026-01-01T00:00:00+01:00",
                      "last": "2026-03-29T12:00:05+02:00",
                      "age_s": 2.4
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "getMeter",
        "summary": "One meter",
        "tags": [
          "meters"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "The meter.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Meter"
                },
                "example": {
                  "id": "ma309-1",
                  "device": "ma309-1",
                  "name": "Haus",
                  "time_zone": "Europe/Vienna",
                  "visibility": "private",
                  "connection_limit_w": null,
                  "swaps": [],
                  "certificate_expires": "2026-06-20T08:00:00+02:00",
                  "simulated": false,
                  "first": "2026-01-01T00:00:00+01:00",
                  "last": "2026-03-29T12:00:05+02:00",
                  "age_s": 2.4
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "patch": {
        "operationId": "changeMeter",
        "summary": "Change a meter's settings",
        "description": "Needs the scope `write`; the visibility needs `admin`, or a token that names the meter and reads it at `raw`; the time zone one that\nreads it at `15m`.\n",
        "tags": [
          "meters"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/MeterSettings"
              },
              "example": {
                "name": "Haus",
                "visibility": "aggregate"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The meter as it is now.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Meter"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "delete": {
        "operationId": "deleteMeter",
        "summary": "Delete a meter and everything that was received of it",
        "description": "Needs the scope `admin`. Readings, roll-ups, settings and rejected messages are gone when this answers, with the events about it, and the meter leaves groups, tokens and contracts (those for it alone go). `live` says what became of its\nnewest reading on MQTT. Copies end later: the log\nforgets at `log_until`, backups at `backups_until` (null: there is none, or the operator did not say). A replay of the log does not bring the\nmeter back; what its device sends from now on is new; the simulated meter ends. Published sums of groups stay: nobody is seen in them.\n",
        "tags": [
          "meters"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "responses": {
          "202": {
            "description": "It is deleted here; when the copies are.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/MeterDeletion"
                },
                "example": {
                  "id": "ma309-1",
                  "deleted_at": "2026-03-29T12:00:07.400+02:00",
                  "store": "done",
                  "live": "done",
                  "log_until": "2026-04-05T12:00:07.400+02:00",
                  "backups_until": null
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/swaps": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "post": {
        "operationId": "addSwap",
        "summary": "Say that the meter behind the device was replaced",
        "description": "No energy difference is taken across it, also in the past. A device that sends its meter's number needs none. Needs the scope `write` and the meter's single readings (`raw`).",
        "tags": [
          "meters"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewSwap"
              },
              "example": {
                "at": "2026-03-01T10:30:00+01:00"
              }
            }
          }
        },
        "responses": {
          "201": {
            "description": "The meter with its swaps.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Meter"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/Refused"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/swaps/{at}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        },
        {
          "name": "at",
          "in": "path",
          "required": true,
          "description": "The swap's time, as the meter's `swaps` have it.",
          "schema": {
            "$ref": "#/components/schemas/Instant"
          },
          "example": "2026-03-01T10:30:00+01:00"
        }
      ],
      "delete": {
        "operationId": "deleteSwap",
        "summary": "Take back that the meter was replaced",
        "description": "Needs the scope `write` and the meter's single readings (`raw`).",
        "tags": [
          "meters"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "responses": {
          "204": {
            "description": "It is taken back."
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/latest": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "getLatest",
        "summary": "The newest value of each register",
        "tags": [
          "meters"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "The newest values; a register that not every reading carries may be older than the reading, by seven days at most.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Latest"
                },
                "example": {
                  "meter": "ma309-1",
                  "device": "ma309-1",
                  "t": 1774778405000,
                  "time": "2026-03-29T12:00:05+02:00",
                  "age_s": 2.4,
                  "tz": "Europe/Vienna",
                  "power_w": 413,
                  "quality": [],
                  "registers": {
                    "1-0:1.8.0": {
                      "value": 12345679,
                      "unit": "Wh",
                      "name": "import_wh",
                      "label": {
                        "de": "Bezug",
                        "en": "Import"
                      },
                      "t": 1774778405000
                    },
                    "1-0:16.7.0": {
                      "value": 413,
                      "unit": "W",
                      "name": "power_w",
                      "label": {
                        "de": "Leistung",
                        "en": "Power"
                      },
                      "t": 1774778405000
                    }
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/live": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "followMeter",
        "summary": "One meter's readings as they come (server-sent events)",
        "description": "The newest reading at once, then whenever there is a newer one the newest, and a heartbeat every 15 s: of several that arrive within\na second one is told, `readings` has all. `id` is the reading's `t`; after a broken connection send\nit back as `Last-Event-ID` and the readings of up to 10 minutes that were missed come first, at most 600. A reader that does not keep up is disconnected.\n",
        "tags": [
          "live"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/TimeZone"
          },
          {
            "$ref": "#/components/parameters/LastEventId"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Live"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/live": {
      "get": {
        "operationId": "followMeters",
        "summary": "Several meters' readings as they come, on one connection (server-sent events)",
        "description": "As for one meter, but after a broken connection each meter begins with its newest reading, for an id says nothing about the other meters. Browsers open at most six connections to a server, so that a page uses one stream for all its meters.",
        "tags": [
          "live"
        ],
        "parameters": [
          {
            "name": "meters",
            "in": "query",
            "required": true,
            "description": "Meter ids, separated by commas.",
            "style": "form",
            "explode": false,
            "schema": {
              "type": "array",
              "minItems": 1,
              "maxItems": 100,
              "items": {
                "$ref": "#/components/schemas/MeterId"
              }
            },
            "example": [
              "ma309-1",
              "edge-1.1KFM0200123456"
            ]
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          },
          {
            "$ref": "#/components/parameters/LastEventId"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Live"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/energy": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "getEnergy",
        "summary": "Energy per bucket, and in total",
        "tags": [
          "series"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "$ref": "#/components/parameters/To"
          },
          {
            "$ref": "#/components/parameters/Resolution"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          },
          {
            "$ref": "#/components/parameters/Format"
          }
        ],
        "responses": {
          "200": {
            "description": "Whole buckets that touch the range, oldest first. At most 20,000; for more ask for a coarser resolution.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Content-Disposition": {
                "$ref": "#/components/headers/ContentDisposition"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/CacheControl"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/EnergySeries"
                },
                "example": {
                  "meter": "ma309-1",
                  "from": "2026-03-29T00:00:00+01:00",
                  "to": "2026-03-29T04:00:00+02:00",
                  "tz": "Europe/Vienna",
                  "resolution": "1h",
                  "unit": "kWh",
                  "total": {
                    "start": "2026-03-29T00:00:00+01:00",
                    "end": "2026-03-29T04:00:00+02:00",
                    "import_kwh": 1.052,
                    "export_kwh": 0,
                    "coverage": 0.667,
                    "import_unallocated_kwh": 0,
                    "export_unallocated_kwh": 0,
                    "quality": "partial",
                    "readings": 1440
                  },
                  "buckets": [
                    {
                      "start": "2026-03-29T00:00:00+01:00",
                      "end": "2026-03-29T01:00:00+01:00",
                      "import_kwh": 0.412,
                      "export_kwh": 0,
                      "coverage": 1,
                      "import_unallocated_kwh": 0,
                      "export_unallocated_kwh": 0,
                      "quality": "measured",
                      "readings": 720
                    },
                    {
                      "start": "2026-03-29T01:00:00+01:00",
                      "end": "2026-03-29T03:00:00+02:00",
                      "import_kwh": 0.64,
                      "export_kwh": 0,
                      "coverage": 1,
                      "import_unallocated_kwh": 0,
                      "export_unallocated_kwh": 0,
                      "quality": "measured",
                      "readings": 720
                    },
                    {
                      "start": "2026-03-29T03:00:00+02:00",
                      "end": "2026-03-29T04:00:00+02:00",
                      "import_kwh": null,
                      "export_kwh": null,
                      "coverage": 0,
                      "import_unallocated_kwh": 0,
                      "export_unallocated_kwh": 0,
                      "quality": "none",
                      "readings": 0
                    }
                  ]
                }
              },
              "text/csv": {
                "schema": {
                  "type": "string",
                  "description": "RFC 4180 with a header row; the buckets' fields as columns, null as an empty field."
                },
                "example": "start,end,import_kwh,export_kwh,coverage,import_unallocated_kwh,export_unallocated_kwh,quality,readings\n2026-03-29T00:00:00+01:00,2026-03-29T01:00:00+01:00,0.412,0,1,0,0,measured,720\n"
              },
              "application/x-ndjson": {
                "schema": {
                  "type": "string",
                  "description": "One object of the JSON answer's list a line."
                }
              },
              "application/vnd.apache.parquet": {
                "schema": {
                  "type": "string",
                  "description": "The CSV's columns; times are UTC timestamps.",
                  "contentEncoding": "binary"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/RangeTooLarge"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/power": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "getPower",
        "summary": "Net power per bucket",
        "description": "For a range too short for quarter hours, such as the last hour, ask for `readings`.",
        "tags": [
          "series"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "$ref": "#/components/parameters/To"
          },
          {
            "$ref": "#/components/parameters/Resolution"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          },
          {
            "$ref": "#/components/parameters/Format"
          }
        ],
        "responses": {
          "200": {
            "description": "Whole buckets that touch the range, oldest first. At most 20,000.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Content-Disposition": {
                "$ref": "#/components/headers/ContentDisposition"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/CacheControl"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PowerSeries"
                },
                "example": {
                  "meter": "ma309-1",
                  "from": "2026-03-29T12:00:00+02:00",
                  "to": "2026-03-29T12:30:00+02:00",
                  "tz": "Europe/Vienna",
                  "resolution": "15m",
                  "unit": "W",
                  "buckets": [
                    {
                      "start": "2026-03-29T12:00:00+02:00",
                      "end": "2026-03-29T12:15:00+02:00",
                      "avg_w": 413.5,
                      "min_w": 92,
                      "max_w": 4120,
                      "coverage": 1,
                      "readings": 180
                    },
                    {
                      "start": "2026-03-29T12:15:00+02:00",
                      "end": "2026-03-29T12:30:00+02:00",
                      "avg_w": null,
                      "min_w": null,
                      "max_w": null,
                      "coverage": 0,
                      "readings": 0
                    }
                  ]
                }
              },
              "text/csv": {
                "schema": {
                  "type": "string",
                  "description": "RFC 4180 with a header row; null as an empty field."
                }
              },
              "application/x-ndjson": {
                "schema": {
                  "type": "string",
                  "description": "One object of the JSON answer's list a line."
                }
              },
              "application/vnd.apache.parquet": {
                "schema": {
                  "type": "string",
                  "description": "The CSV's columns; times are UTC timestamps.",
                  "contentEncoding": "binary"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/RangeTooLarge"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/readings": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "listReadings",
        "summary": "Readings as they came, oldest first, in pages or as a file of any length",
        "tags": [
          "series"
        ],
        "parameters": [
          {
            "name": "from",
            "in": "query",
            "description": "Start, inclusive; without it one hour before `to`. In JSON at most 25 hours before `to`, so that every local day fits; a file (csv, ndjson, parquet) takes any range, without `limit` and `cursor`.",
            "schema": {
              "$ref": "#/components/schemas/Instant"
            },
            "example": "2026-03-29T11:00:00+02:00"
          },
          {
            "name": "to",
            "in": "query",
            "description": "End, exclusive; without it now.",
            "schema": {
              "$ref": "#/components/schemas/Instant"
            },
            "example": "2026-03-29T12:00:00+02:00"
          },
          {
            "name": "limit",
            "in": "query",
            "description": "Readings per page.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 10000,
              "default": 1000
            },
            "example": 1000
          },
          {
            "name": "cursor",
            "in": "query",
            "description": "Where the page begins; from `next` of the page before. Keep the other parameters as they were.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9_-]{1,64}$"
            },
            "example": "MTc3NDc3ODQwNTAwMQ"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          },
          {
            "$ref": "#/components/parameters/Format"
          },
          {
            "name": "updated_since",
            "in": "query",
            "description": "Only readings that arrived then or later, in order of arrival, whenever they were measured: for consumers that mirror data. `from` and `to` are open then.",
            "schema": {
              "$ref": "#/components/schemas/Instant"
            },
            "example": "2026-03-29T12:00:00+02:00"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "description": "RFC 8288; `rel=\"next\"` while there are more pages.",
                "schema": {
                  "type": "string"
                }
              },
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Content-Disposition": {
                "$ref": "#/components/headers/ContentDisposition"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/CacheControl"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ReadingPage"
                },
                "example": {
                  "meter": "ma309-1",
                  "from": "2026-03-29T11:00:00+02:00",
                  "to": "2026-03-29T12:00:00+02:00",
                  "tz": "Europe/Vienna",
                  "next": null,
                  "readings": [
                    {
                      "t": 1774774805000,
                      "time": "2026-03-29T11:00:05+02:00",
                      "received": "2026-03-29T11:00:05.120+02:00",
                      "power_w": 413,
                      "quality": [],
                      "registers": {
                        "1-0:1.8.0": 12345679,
                        "1-0:16.7.0": 413
                      }
                    }
                  ]
                }
              },
              "text/csv": {
                "schema": {
                  "type": "string",
                  "description": "RFC 4180 with a header row; null as an empty field."
                }
              },
              "application/x-ndjson": {
                "schema": {
                  "type": "string",
                  "description": "One object of the JSON answer's list a line."
                }
              },
              "application/vnd.apache.parquet": {
                "schema": {
                  "type": "string",
                  "description": "The CSV's columns; times are UTC timestamps.",
                  "contentEncoding": "binary"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/RangeTooLarge"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/gaps": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "listGaps",
        "summary": "Stretches without readings, and the energy that passed in them",
        "tags": [
          "series"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "$ref": "#/components/parameters/To"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "Stretches of at least one whole quarter hour between two readings, that touch the range.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/CacheControl"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/GapList"
                },
                "example": {
                  "meter": "ma309-1",
                  "from": "2026-03-29T00:00:00+01:00",
                  "to": "2026-03-30T00:00:00+02:00",
                  "tz": "Europe/Vienna",
                  "unit": "kWh",
                  "gaps": [
                    {
                      "start": "2026-03-29T13:20:00+02:00",
                      "end": "2026-03-29T15:05:00+02:00",
                      "reason": "no-readings",
                      "import_unallocated_kwh": 1.2,
                      "export_unallocated_kwh": 0
                    }
                  ]
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/RangeTooLarge"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/tariffs": {
      "get": {
        "operationId": "listTariffs",
        "summary": "The contracts",
        "tags": [
          "costs"
        ],
        "responses": {
          "200": {
            "description": "In order of id.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/TariffList"
                },
                "example": {
                  "tariffs": [
                    {
                      "id": "haus-2026",
                      "name": "Haus 2026",
                      "meters": [
                        "ma309-1"
                      ],
                      "valid_from": "2026-01-01",
                      "valid_to": null,
                      "currency": "EUR",
                      "vat_percent": "20",
                      "base_fees": [
                        {
                          "name": "Grundpreis",
                          "amount": "3.50",
                          "per": "month"
                        }
                      ],
                      "import": [
                        {
                          "name": "Energie",
                          "kind": "fixed",
                          "price": "0.1490"
                        },
                        {
                          "name": "Netz",
                          "kind": "time-of-use",
                          "zones": [
                            {
                              "name": "Sommer 10–16",
                              "price": "0.0408",
                              "months": [
                                4,
                                5,
                                6,
                                7,
                                8,
                                9
                              ],
                              "from": "10:00",
                              "to": "16:00"
                            }
                          ],
                          "otherwise": {
                            "name": "Tag",
                            "price": "0.0510"
                          }
                        }
                      ],
                      "export": [
                        {
                          "name": "Einspeisung",
                          "kind": "fixed",
                          "price": "0.0600"
                        }
                      ]
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "put": {
        "operationId": "putTariffs",
        "summary": "Make or change several contracts together, or none of them",
        "description": "As for one, judged by what all contracts are afterwards: a contract and the end of the one before it fit into one request, of which\nnothing is left when it is refused or does not arrive. Contracts that are not in the body stay as they are.\n",
        "tags": [
          "costs"
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/TariffChanges"
              },
              "example": {
                "tariffs": [
                  {
                    "id": "haus-2026",
                    "name": "Haus 2026",
                    "meters": [
                      "ma309-1"
                    ],
                    "valid_from": "2026-01-01",
                    "valid_to": null,
                    "currency": "EUR",
                    "vat_percent": "20",
                    "base_fees": [
                      {
                        "name": "Grundpreis",
                        "amount": "3.50",
                        "per": "month"
                      }
                    ],
                    "import": [
                      {
                        "name": "Energie",
                        "kind": "fixed",
                        "price": "0.1490"
                      },
                      {
                        "name": "Netz",
                        "kind": "time-of-use",
                        "zones": [
                          {
                            "name": "Sommer 10–16",
                            "price": "0.0408",
                            "months": [
                              4,
                              5,
                              6,
                              7,
                              8,
                              9
                            ],
                            "from": "10:00",
                            "to": "16:00"
                          }
                        ],
                        "otherwise": {
                          "name": "Tag",
                          "price": "0.0510"
                        }
                      }
                    ],
                    "export": [
                      {
                        "name": "Einspeisung",
                        "kind": "fixed",
                        "price": "0.0600"
                      }
                    ]
                  }
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "All are stored.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/TariffList"
                },
                "example": {
                  "tariffs": [
                    {
                      "id": "haus-2026",
                      "name": "Haus 2026",
                      "meters": [
                        "ma309-1"
                      ],
                      "valid_from": "2026-01-01",
                      "valid_to": null,
                      "currency": "EUR",
                      "vat_percent": "20",
                      "base_fees": [
                        {
                          "name": "Grundpreis",
                          "amount": "3.50",
                          "per": "month"
                        }
                      ],
                      "import": [
                        {
                          "name": "Energie",
                          "kind": "fixed",
                          "price": "0.1490"
                        },
                        {
                          "name": "Netz",
                          "kind": "time-of-use",
                          "zones": [
                            {
                              "name": "Sommer 10–16",
                              "price": "0.0408",
                              "months": [
                                4,
                                5,
                                6,
                                7,
                                8,
                                9
                              ],
                              "from": "10:00",
                              "to": "16:00"
                            }
                          ],
                          "otherwise": {
                            "name": "Tag",
                            "price": "0.0510"
                          }
                        }
                      ],
                      "export": [
                        {
                          "name": "Einspeisung",
                          "kind": "fixed",
                          "price": "0.0600"
                        }
                      ]
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/TariffConflict"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/tariffs/examples": {
      "get": {
        "operationId": "listTariffExamples",
        "summary": "Example contracts to begin with, dated, with their sources",
        "tags": [
          "costs"
        ],
        "responses": {
          "200": {
            "description": "Contracts that belong to no meter yet.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/TariffList"
                },
                "example": {
                  "tariffs": [
                    {
                      "id": "haus-2026",
                      "name": "Haus 2026",
                      "meters": [
                        "ma309-1"
                      ],
                      "valid_from": "2026-01-01",
                      "valid_to": null,
                      "currency": "EUR",
                      "vat_percent": "20",
                      "base_fees": [
                        {
                          "name": "Grundpreis",
                          "amount": "3.50",
                          "per": "month"
                        }
                      ],
                      "import": [
                        {
                          "name": "Energie",
                          "kind": "fixed",
                          "price": "0.1490"
                        },
                        {
                          "name": "Netz",
                          "kind": "time-of-use",
                          "zones": [
                            {
                              "name": "Sommer 10–16",
                              "price": "0.0408",
                              "months": [
                                4,
                                5,
                                6,
                                7,
                                8,
                                9
                              ],
                              "from": "10:00",
                              "to": "16:00"
                            }
                          ],
                          "otherwise": {
                            "name": "Tag",
                            "price": "0.0510"
                          }
                        }
                      ],
                      "export": [
                        {
                          "name": "Einspeisung",
                          "kind": "fixed",
                          "price": "0.0600"
                        }
                      ]
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/tariffs/{id}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/TariffId"
        }
      ],
      "get": {
        "operationId": "getTariff",
        "summary": "One contract",
        "tags": [
          "costs"
        ],
        "responses": {
          "200": {
            "description": "The contract.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Tariff"
                },
                "example": {
                  "id": "haus-2026",
                  "name": "Haus 2026",
                  "meters": [
                    "ma309-1"
                  ],
                  "valid_from": "2026-01-01",
                  "valid_to": null,
                  "currency": "EUR",
                  "vat_percent": "20",
                  "base_fees": [
                    {
                      "name": "Grundpreis",
                      "amount": "3.50",
                      "per": "month"
                    }
                  ],
                  "import": [
                    {
                      "name": "Energie",
                      "kind": "fixed",
                      "price": "0.1490"
                    },
                    {
                      "name": "Netz",
                      "kind": "time-of-use",
                      "zones": [
                        {
                          "name": "Sommer 10–16",
                          "price": "0.0408",
                          "months": [
                            4,
                            5,
                            6,
                            7,
                            8,
                            9
                          ],
                          "from": "10:00",
                          "to": "16:00"
                        }
                      ],
                      "otherwise": {
                        "name": "Tag",
                        "price": "0.0510"
                      }
                    }
                  ],
                  "export": [
                    {
                      "name": "Einspeisung",
                      "kind": "fixed",
                      "price": "0.0600"
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "put": {
        "operationId": "putTariff",
        "summary": "Make or change a contract",
        "description": "It counts at once, for the past days that it covers, too. Two contracts for the same meter must not share a day.",
        "tags": [
          "costs"
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/Tariff"
              },
              "example": {
                "id": "haus-2026",
                "name": "Haus 2026",
                "meters": [
                  "ma309-1"
                ],
                "valid_from": "2026-01-01",
                "valid_to": null,
                "currency": "EUR",
                "vat_percent": "20",
                "base_fees": [
                  {
                    "name": "Grundpreis",
                    "amount": "3.50",
                    "per": "month"
                  }
                ],
                "import": [
                  {
                    "name": "Energie",
                    "kind": "fixed",
                    "price": "0.1490"
                  },
                  {
                    "name": "Netz",
                    "kind": "time-of-use",
                    "zones": [
                      {
                        "name": "Sommer 10–16",
                        "price": "0.0408",
                        "months": [
                          4,
                          5,
                          6,
                          7,
                          8,
                          9
                        ],
                        "from": "10:00",
                        "to": "16:00"
                      }
                    ],
                    "otherwise": {
                      "name": "Tag",
                      "price": "0.0510"
                    }
                  }
                ],
                "export": [
                  {
                    "name": "Einspeisung",
                    "kind": "fixed",
                    "price": "0.0600"
                  }
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Changed.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Tariff"
                },
                "example": {
                  "id": "haus-2026",
                  "name": "Haus 2026",
                  "meters": [
                    "ma309-1"
                  ],
                  "valid_from": "2026-01-01",
                  "valid_to": null,
                  "currency": "EUR",
                  "vat_percent": "20",
                  "base_fees": [
                    {
                      "name": "Grundpreis",
                      "amount": "3.50",
                      "per": "month"
                    }
                  ],
                  "import": [
                    {
                      "name": "Energie",
                      "kind": "fixed",
                      "price": "0.1490"
                    },
                    {
                      "name": "Netz",
                      "kind": "time-of-use",
                      "zones": [
                        {
                          "name": "Sommer 10–16",
                          "price": "0.0408",
                          "months": [
                            4,
                            5,
                            6,
                            7,
                            8,
                            9
                          ],
                          "from": "10:00",
                          "to": "16:00"
                        }
                      ],
                      "otherwise": {
                        "name": "Tag",
                        "price": "0.0510"
                      }
                    }
                  ],
                  "export": [
                    {
                      "name": "Einspeisung",
                      "kind": "fixed",
                      "price": "0.0600"
                    }
                  ]
                }
              }
            }
          },
          "201": {
            "description": "Made.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Tariff"
                },
                "example": {
                  "id": "haus-2026",
                  "name": "Haus 2026",
                  "meters": [
                    "ma309-1"
                  ],
                  "valid_from": "2026-01-01",
                  "valid_to": null,
                  "currency": "EUR",
                  "vat_percent": "20",
                  "base_fees": [
                    {
                      "name": "Grundpreis",
                      "amount": "3.50",
                      "per": "month"
                    }
                  ],
                  "import": [
                    {
                      "name": "Energie",
                      "kind": "fixed",
                      "price": "0.1490"
                    },
                    {
                      "name": "Netz",
                      "kind": "time-of-use",
                      "zones": [
                        {
                          "name": "Sommer 10–16",
                          "price": "0.0408",
                          "months": [
                            4,
                            5,
                            6,
                            7,
                            8,
                            9
                          ],
                          "from": "10:00",
                          "to": "16:00"
                        }
                      ],
                      "otherwise": {
                        "name": "Tag",
                        "price": "0.0510"
                      }
                    }
                  ],
                  "export": [
                    {
                      "name": "Einspeisung",
                      "kind": "fixed",
                      "price": "0.0600"
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "422": {
            "$ref": "#/components/responses/TariffConflict"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "delete": {
        "operationId": "deleteTariff",
        "summary": "Remove a contract, as if it had never been",
        "description": "To end a contract give it a `valid_to` instead.",
        "tags": [
          "costs"
        ],
        "responses": {
          "204": {
            "description": "Removed."
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/prices": {
      "get": {
        "operationId": "listPriceSeries",
        "summary": "The price series that contracts can refer to",
        "tags": [
          "costs"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "In order of id.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PriceSeriesList"
                },
                "example": {
                  "tz": "Europe/Vienna",
                  "series": [
                    {
                      "id": "at-day-ahead",
                      "name": "Day-ahead Österreich",
                      "currency": "EUR",
                      "unit": "kWh",
                      "slot": "15m",
                      "first": "2026-01-01T00:00:00+01:00",
                      "last": "2026-03-31T00:00:00+02:00"
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/prices/{series}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/SeriesId"
        }
      ],
      "get": {
        "operationId": "getPrices",
        "summary": "The prices of a series",
        "tags": [
          "costs"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "name": "to",
            "in": "query",
            "description": "End, exclusive; without it the end of the day after `from`'s.",
            "schema": {
              "$ref": "#/components/schemas/Instant"
            },
            "example": "2026-03-31"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "The slots that touch the range and have a price, oldest first. At most 10,000.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PriceSlots"
                },
                "example": {
                  "series": "at-day-ahead",
                  "currency": "EUR",
                  "unit": "kWh",
                  "from": "2026-03-29T00:00:00+01:00",
                  "to": "2026-03-31T00:00:00+02:00",
                  "tz": "Europe/Vienna",
                  "slots": [
                    {
                      "start": "2026-03-29T00:00:00+01:00",
                      "end": "2026-03-29T00:15:00+01:00",
                      "price": "0.0841"
                    },
                    {
                      "start": "2026-03-29T00:15:00+01:00",
                      "end": "2026-03-29T00:30:00+01:00",
                      "price": "-0.0012"
                    }
                  ]
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/RangeTooLarge"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "put": {
        "operationId": "putPrices",
        "summary": "Add or replace prices of a series; the first call makes it",
        "description": "Slots that are not in the body stay as they are. Besides this platform's own form the public day-ahead formats are read as they are:\nsay which in `source` and send the file unchanged. At most 1 MiB and 10,000 prices a call.\nNeeds the scope `write`, and for every contract that refers to the series what changing that contract needs.\n",
        "tags": [
          "costs"
        ],
        "parameters": [
          {
            "name": "source",
            "in": "query",
            "description": "The form of the body.",
            "schema": {
              "enum": [
                "smp",
                "energy-charts",
                "awattar",
                "entsoe",
                "csv"
              ],
              "default": "smp",
              "type": "string"
            },
            "example": "smp"
          },
          {
            "name": "name",
            "in": "query",
            "description": "The series' name for people, where the body cannot carry one.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 120
            },
            "example": "Day-ahead Österreich"
          },
          {
            "name": "currency",
            "in": "query",
            "description": "Of a CSV; ISO 4217.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Z]{3}$",
              "default": "EUR"
            },
            "example": "EUR"
          },
          {
            "name": "unit",
            "in": "query",
            "description": "Of a CSV; what its prices are for.",
            "schema": {
              "enum": [
                "kWh",
                "MWh"
              ],
              "default": "kWh",
              "type": "string"
            },
            "example": "kWh"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/PriceUpload"
              },
              "example": {
                "name": "Day-ahead Österreich",
                "currency": "EUR",
                "slot": "15m",
                "prices": [
                  {
                    "start": "2026-03-29T00:00:00+01:00",
                    "price": "0.0841"
                  },
                  {
                    "start": "2026-03-29T00:15:00+01:00",
                    "price": "-0.0012"
                  }
                ]
              }
            },
            "text/csv": {
              "schema": {
                "type": "string",
                "description": "source=csv: a header row with start, price and perhaps end."
              },
              "example": "start,price\n2026-03-29T00:00:00+01:00,0.0841\n"
            },
            "application/xml": {
              "schema": {
                "type": "string",
                "description": "source=entsoe: a Publication_MarketDocument."
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Stored.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PriceUploadResult"
                },
                "example": {
                  "tz": "Europe/Vienna",
                  "stored": 2,
                  "series": {
                    "id": "at-day-ahead",
                    "name": "Day-ahead Österreich",
                    "currency": "EUR",
                    "unit": "kWh",
                    "slot": "15m",
                    "first": "2026-01-01T00:00:00+01:00",
                    "last": "2026-03-31T00:00:00+02:00"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "422": {
            "$ref": "#/components/responses/PriceConflict"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "delete": {
        "operationId": "deletePrices",
        "summary": "Delete prices of a series, or all of it",
        "description": "Needs the scope `write`. With `from` and `to` the quarter hours in between lose their price, at most 10,000 a call; without both the whole series\ngoes. Costs are counted anew from then on: energy that has lost its price is in `unpriced_kwh` and costs nothing.\n",
        "tags": [
          "costs"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "parameters": [
          {
            "name": "from",
            "in": "query",
            "description": "Start, inclusive; only together with `to`.",
            "schema": {
              "$ref": "#/components/schemas/Instant"
            },
            "example": "2026-03-29"
          },
          {
            "name": "to",
            "in": "query",
            "description": "End, exclusive; only together with `from`.",
            "schema": {
              "$ref": "#/components/schemas/Instant"
            },
            "example": "2026-03-30"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "Deleted.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PriceDeletion"
                },
                "example": {
                  "tz": "Europe/Vienna",
                  "deleted": 92,
                  "series": {
                    "id": "at-day-ahead",
                    "name": "Day-ahead Österreich",
                    "currency": "EUR",
                    "unit": "kWh",
                    "slot": "15m",
                    "first": "2026-01-01T00:00:00+01:00",
                    "last": "2026-03-31T00:00:00+02:00"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/RangeTooLarge"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/cost": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "getCost",
        "summary": "What energy cost and earned per bucket, and in total",
        "description": "The sum over the quarter hours of energy × the price that was valid then. It is exact: the buckets of any resolution add up to\nthe same total, to the last digit. Nothing is stored: after a change of a contract the past is counted anew.\n\nEnergy of a gap is spread evenly over the gap's time, for money only, and counted in `estimated_kwh`. Energy for which there is\nno price (no contract, or no price in the series) is in `unpriced_kwh` and costs nothing here. Base fees accrue evenly\nover the quarter hours of their local month, year or day, up to now.\n",
        "tags": [
          "costs"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "$ref": "#/components/parameters/To"
          },
          {
            "$ref": "#/components/parameters/Resolution"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          },
          {
            "$ref": "#/components/parameters/Format"
          }
        ],
        "responses": {
          "200": {
            "description": "Whole buckets that touch the range, oldest first. At most 10,000, over at most 375 days.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Content-Disposition": {
                "$ref": "#/components/headers/ContentDisposition"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/CostSeries"
                },
                "example": {
                  "meter": "ma309-1",
                  "from": "2026-03-29T00:00:00+01:00",
                  "to": "2026-03-30T00:00:00+02:00",
                  "tz": "Europe/Vienna",
                  "resolution": "day",
                  "currency": "EUR",
                  "tariffs": [
                    {
                      "id": "haus-2026",
                      "name": "Haus 2026",
                      "valid_from": "2026-01-01",
                      "valid_to": null
                    }
                  ],
                  "total": {
                    "start": "2026-03-29T00:00:00+01:00",
                    "end": "2026-03-30T00:00:00+02:00",
                    "import_kwh": 8,
                    "export_kwh": 2.5,
                    "import_cost": "1.92",
                    "export_credit": "0.15",
                    "base_fee": "0.1301480484",
                    "total": "1.9001480484",
                    "estimated_kwh": 0,
                    "unpriced_kwh": 0,
                    "coverage": 1,
                    "parts": [
                      {
                        "name": "Energie",
                        "direction": "import",
                        "kwh": 8,
                        "amount": "1.4304"
                      },
                      {
                        "name": "Netz",
                        "zone": "Tag",
                        "direction": "import",
                        "kwh": 8,
                        "amount": "0.4896"
                      },
                      {
                        "name": "Einspeisung",
                        "direction": "export",
                        "kwh": 2.5,
                        "amount": "0.15"
                      },
                      {
                        "name": "Grundpreis",
                        "direction": "base",
                        "kwh": null,
                        "amount": "0.1301480484"
                      }
                    ]
                  },
                  "buckets": [
                    {
                      "start": "2026-03-29T00:00:00+01:00",
                      "end": "2026-03-30T00:00:00+02:00",
                      "import_kwh": 8,
                      "export_kwh": 2.5,
                      "import_cost": "1.92",
                      "export_credit": "0.15",
                      "base_fee": "0.1301480484",
                      "total": "1.9001480484",
                      "estimated_kwh": 0,
                      "unpriced_kwh": 0,
                      "coverage": 1,
                      "parts": [
                        {
                          "name": "Energie",
                          "direction": "import",
                          "kwh": 8,
                          "amount": "1.4304"
                        },
                        {
                          "name": "Netz",
                          "zone": "Tag",
                          "direction": "import",
                          "kwh": 8,
                          "amount": "0.4896"
                        },
                        {
                          "name": "Einspeisung",
                          "direction": "export",
                          "kwh": 2.5,
                          "amount": "0.15"
                        },
                        {
                          "name": "Grundpreis",
                          "direction": "base",
                          "kwh": null,
                          "amount": "0.1301480484"
                        }
                      ]
                    }
                  ]
                }
              },
              "text/csv": {
                "schema": {
                  "type": "string",
                  "description": "RFC 4180 with a header row; without the parts."
                },
                "example": "start,end,import_kwh,export_kwh,import_cost,export_credit,base_fee,total,currency,estimated_kwh,unpriced_kwh,coverage\n2026-03-29T00:00:00+01:00,2026-03-30T00:00:00+02:00,8,2.5,1.92,0.15,0.1301480484,1.9001480484,EUR,0,0,1\n"
              },
              "application/x-ndjson": {
                "schema": {
                  "type": "string",
                  "description": "One bucket of the JSON answer a line, with its `currency`."
                }
              },
              "application/vnd.apache.parquet": {
                "schema": {
                  "type": "string",
                  "description": "The CSV's columns; times are UTC timestamps, amounts the doubles nearest to the CSV's exact decimals.",
                  "contentEncoding": "binary"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/CostUnprocessable"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/cost/preview": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "post": {
        "operationId": "previewCost",
        "summary": "What the meter's energy would have cost under another contract",
        "description": "The contract of the body counts for the whole range, whatever its dates and meters. Nothing is stored.",
        "tags": [
          "costs"
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/CostPreview"
              },
              "example": {
                "tariff": {
                  "id": "haus-2026",
                  "name": "Haus 2026",
                  "meters": [
                    "ma309-1"
                  ],
                  "valid_from": "2026-01-01",
                  "valid_to": null,
                  "currency": "EUR",
                  "vat_percent": "20",
                  "base_fees": [
                    {
                      "name": "Grundpreis",
                      "amount": "3.50",
                      "per": "month"
                    }
                  ],
                  "import": [
                    {
                      "name": "Energie",
                      "kind": "fixed",
                      "price": "0.1490"
                    },
                    {
                      "name": "Netz",
                      "kind": "time-of-use",
                      "zones": [
                        {
                          "name": "Sommer 10–16",
                          "price": "0.0408",
                          "months": [
                            4,
                            5,
                            6,
                            7,
                            8,
                            9
                          ],
                          "from": "10:00",
                          "to": "16:00"
                        }
                      ],
                      "otherwise": {
                        "name": "Tag",
                        "price": "0.0510"
                      }
                    }
                  ],
                  "export": [
                    {
                      "name": "Einspeisung",
                      "kind": "fixed",
                      "price": "0.0600"
                    }
                  ]
                },
                "from": "2026-03-29",
                "to": "2026-03-30",
                "resolution": "day"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "As `cost`.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/CostSeries"
                },
                "example": {
                  "meter": "ma309-1",
                  "from": "2026-03-29T00:00:00+01:00",
                  "to": "2026-03-30T00:00:00+02:00",
                  "tz": "Europe/Vienna",
                  "resolution": "day",
                  "currency": "EUR",
                  "tariffs": [
                    {
                      "id": "haus-2026",
                      "name": "Haus 2026",
                      "valid_from": "2026-01-01",
                      "valid_to": null
                    }
                  ],
                  "total": {
                    "start": "2026-03-29T00:00:00+01:00",
                    "end": "2026-03-30T00:00:00+02:00",
                    "import_kwh": 8,
                    "export_kwh": 2.5,
                    "import_cost": "1.92",
                    "export_credit": "0.15",
                    "base_fee": "0.1301480484",
                    "total": "1.9001480484",
                    "estimated_kwh": 0,
                    "unpriced_kwh": 0,
                    "coverage": 1,
                    "parts": [
                      {
                        "name": "Energie",
                        "direction": "import",
                        "kwh": 8,
                        "amount": "1.4304"
                      },
                      {
                        "name": "Netz",
                        "zone": "Tag",
                        "direction": "import",
                        "kwh": 8,
                        "amount": "0.4896"
                      },
                      {
                        "name": "Einspeisung",
                        "direction": "export",
                        "kwh": 2.5,
                        "amount": "0.15"
                      },
                      {
                        "name": "Grundpreis",
                        "direction": "base",
                        "kwh": null,
                        "amount": "0.1301480484"
                      }
                    ]
                  },
                  "buckets": [
                    {
                      "start": "2026-03-29T00:00:00+01:00",
                      "end": "2026-03-30T00:00:00+02:00",
                      "import_kwh": 8,
                      "export_kwh": 2.5,
                      "import_cost": "1.92",
                      "export_credit": "0.15",
                      "base_fee": "0.1301480484",
                      "total": "1.9001480484",
                      "estimated_kwh": 0,
                      "unpriced_kwh": 0,
                      "coverage": 1,
                      "parts": [
                        {
                          "name": "Energie",
                          "direction": "import",
                          "kwh": 8,
                          "amount": "1.4304"
                        },
                        {
                          "name": "Netz",
                          "zone": "Tag",
                          "direction": "import",
                          "kwh": 8,
                          "amount": "0.4896"
                        },
                        {
                          "name": "Einspeisung",
                          "direction": "export",
                          "kwh": 2.5,
                          "amount": "0.15"
                        },
                        {
                          "name": "Grundpreis",
                          "direction": "base",
                          "kwh": null,
                          "amount": "0.1301480484"
                        }
                      ]
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/CostUnprocessable"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/meters/{id}/prices": {
      "parameters": [
        {
          "$ref": "#/components/parameters/MeterId"
        }
      ],
      "get": {
        "operationId": "listMeterPrices",
        "summary": "What a kWh costs and earns at this meter, per quarter hour",
        "description": "The end price, with every component and VAT; null without a contract, or while a price of a series is missing.",
        "tags": [
          "costs"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "name": "to",
            "in": "query",
            "description": "End, exclusive; without it the end of the day after `from`'s.",
            "schema": {
              "$ref": "#/components/schemas/Instant"
            },
            "example": "2026-03-31"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "Every quarter hour that touches the range, oldest first. At most 10,000.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/MeterPrices"
                },
                "example": {
                  "meter": "ma309-1",
                  "from": "2026-03-29T10:00:00+02:00",
                  "to": "2026-03-29T10:15:00+02:00",
                  "tz": "Europe/Vienna",
                  "currency": "EUR",
                  "slots": [
                    {
                      "start": "2026-03-29T10:00:00+02:00",
                      "end": "2026-03-29T10:15:00+02:00",
                      "import_price": "0.24",
                      "export_price": "0.06",
                      "tariff": "haus-2026",
                      "zones": [
                        "Tag"
                      ]
                    }
                  ]
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/CostUnprocessable"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/groups": {
      "get": {
        "operationId": "listGroups",
        "summary": "The groups that the caller may see",
        "tags": [
          "groups"
        ],
        "responses": {
          "200": {
            "description": "In order of id.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/GroupList"
                },
                "example": {
                  "groups": [
                    {
                      "id": "sonnenplatz",
                      "name": "Energiegemeinschaft Sonnenplatz",
                      "kind": "community",
                      "visibility": "public",
                      "licence": "CC-BY-4.0",
                      "members": 24,
                      "meters": [
                        "ma309-1"
                      ],
                      "created": "2026-03-01T00:00:00+01:00",
                      "updated": "2026-03-01T00:00:00+01:00"
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/groups/{id}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/GroupId"
        }
      ],
      "get": {
        "operationId": "getGroup",
        "summary": "One group",
        "tags": [
          "groups"
        ],
        "responses": {
          "200": {
            "description": "The group.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Group"
                },
                "example": {
                  "id": "sonnenplatz",
                  "name": "Energiegemeinschaft Sonnenplatz",
                  "kind": "community",
                  "visibility": "public",
                  "licence": "CC-BY-4.0",
                  "members": 24,
                  "meters": [
                    "ma309-1"
                  ],
                  "created": "2026-03-01T00:00:00+01:00",
                  "updated": "2026-03-01T00:00:00+01:00"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "put": {
        "operationId": "putGroup",
        "summary": "Make or change a group",
        "description": "Needs the scope `admin`. Refused when subtracting public groups from each other would show fewer than eleven households. A change counts for\ndays that are not published yet.\n",
        "tags": [
          "groups"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/GroupBody"
              },
              "example": {
                "name": "Energiegemeinschaft Sonnenplatz",
                "kind": "community",
                "visibility": "public",
                "meters": [
                  "ma309-1"
                ],
                "licence": "CC-BY-4.0"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Changed.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Group"
                }
              }
            }
          },
          "201": {
            "description": "Made.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Group"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "422": {
            "$ref": "#/components/responses/Refused"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "delete": {
        "operationId": "deleteGroup",
        "summary": "Remove a group; its meters stay",
        "description": "Needs the scope `admin`.",
        "tags": [
          "groups"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "responses": {
          "204": {
            "description": "It is removed."
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/groups/{id}/energy": {
      "parameters": [
        {
          "$ref": "#/components/parameters/GroupId"
        }
      ],
      "get": {
        "operationId": "getGroupEnergy",
        "summary": "A group's energy per bucket, and in total",
        "description": "Whoever may read all members gets their sums at every resolution. For the public a group whose members count only in sums is published: whole hours in the\nplatform's zone, each day once, 24 hours after its end, of at least eleven reporting households of which none makes more than a quarter of the sum; else null\n(`suppressed`). Coarser buckets are sums of the published hours and nothing more.\n",
        "tags": [
          "groups"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "$ref": "#/components/parameters/To"
          },
          {
            "$ref": "#/components/parameters/Resolution"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          },
          {
            "$ref": "#/components/parameters/Format"
          }
        ],
        "responses": {
          "200": {
            "description": "Whole buckets that touch the range, oldest first. At most 20,000.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Content-Disposition": {
                "$ref": "#/components/headers/ContentDisposition"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/CacheControl"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/GroupEnergySeries"
                },
                "example": {
                  "group": "sonnenplatz",
                  "from": "2026-03-27T00:00:00+01:00",
                  "to": "2026-03-28T00:00:00+01:00",
                  "tz": "Europe/Vienna",
                  "resolution": "day",
                  "unit": "kWh",
                  "licence": "CC-BY-4.0",
                  "total": {
                    "start": "2026-03-27T00:00:00+01:00",
                    "end": "2026-03-28T00:00:00+01:00",
                    "import_kwh": 201.5,
                    "export_kwh": 88.25,
                    "balance_kwh": 113.25,
                    "shared_kwh": 61.125,
                    "coverage": 1,
                    "quality": "measured",
                    "members": 24,
                    "reporting": 24
                  },
                  "buckets": [
                    {
                      "start": "2026-03-27T00:00:00+01:00",
                      "end": "2026-03-28T00:00:00+01:00",
                      "import_kwh": 201.5,
                      "export_kwh": 88.25,
                      "balance_kwh": 113.25,
                      "shared_kwh": 61.125,
                      "coverage": 1,
                      "quality": "measured",
                      "members": 24,
                      "reporting": 24
                    }
                  ]
                }
              },
              "text/csv": {
                "schema": {
                  "type": "string",
                  "description": "RFC 4180 with a header row; null as an empty field."
                }
              },
              "application/x-ndjson": {
                "schema": {
                  "type": "string",
                  "description": "One object of the JSON answer's list a line."
                }
              },
              "application/vnd.apache.parquet": {
                "schema": {
                  "type": "string",
                  "description": "The CSV's columns; times are UTC timestamps.",
                  "contentEncoding": "binary"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/RangeTooLarge"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/groups/{id}/power": {
      "parameters": [
        {
          "$ref": "#/components/parameters/GroupId"
        }
      ],
      "get": {
        "operationId": "getGroupPower",
        "summary": "A group's mean net power per bucket",
        "description": "As for energy; of published groups it is the mean power that the published energy means.",
        "tags": [
          "groups"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "$ref": "#/components/parameters/To"
          },
          {
            "$ref": "#/components/parameters/Resolution"
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          },
          {
            "$ref": "#/components/parameters/Format"
          }
        ],
        "responses": {
          "200": {
            "description": "Whole buckets that touch the range, oldest first. At most 20,000.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Content-Disposition": {
                "$ref": "#/components/headers/ContentDisposition"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/CacheControl"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/GroupPowerSeries"
                }
              },
              "text/csv": {
                "schema": {
                  "type": "string",
                  "description": "RFC 4180 with a header row; null as an empty field."
                }
              },
              "application/x-ndjson": {
                "schema": {
                  "type": "string",
                  "description": "One object of the JSON answer's list a line."
                }
              },
              "application/vnd.apache.parquet": {
                "schema": {
                  "type": "string",
                  "description": "The CSV's columns; times are UTC timestamps.",
                  "contentEncoding": "binary"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "$ref": "#/components/responses/RangeTooLarge"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/groups/{id}/latest": {
      "parameters": [
        {
          "$ref": "#/components/parameters/GroupId"
        }
      ],
      "get": {
        "operationId": "getGroupBalance",
        "summary": "What flows in a group now",
        "description": "For whoever may read all members; for the public when all members that it sees are open, else 404.",
        "tags": [
          "groups"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "The sums of the members that spoke in the last five minutes.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/GroupBalance"
                },
                "example": {
                  "group": "sonnenplatz",
                  "t": 1774778405000,
                  "time": "2026-03-29T12:00:05+02:00",
                  "age_s": 2.4,
                  "tz": "Europe/Vienna",
                  "consumption_w": 5210,
                  "production_w": 8400,
                  "net_w": -3190,
                  "members": 24,
                  "reporting": 23
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/groups/{id}/live": {
      "parameters": [
        {
          "$ref": "#/components/parameters/GroupId"
        }
      ],
      "get": {
        "operationId": "followGroup",
        "summary": "A group's balance as it changes (server-sent events)",
        "description": "As for meters, with events `balance` and `heartbeat`; at most one balance a second.",
        "tags": [
          "groups",
          "live"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "An endless stream; described here as the list of its events, each with its data parsed.",
            "content": {
              "text/event-stream": {
                "schema": {
                  "type": "array",
                  "items": {
                    "$ref": "#/components/schemas/GroupLiveEvent"
                  }
                },
                "example": [
                  {
                    "event": "heartbeat",
                    "data": {
                      "t": 1774778407400,
                      "time": "2026-03-29T12:00:07.400+02:00"
                    }
                  },
                  {
                    "event": "balance",
                    "id": "1774778405000",
                    "data": {
                      "group": "sonnenplatz",
                      "t": 1774778405000,
                      "time": "2026-03-29T12:00:05+02:00",
                      "age_s": 2.4,
                      "tz": "Europe/Vienna",
                      "consumption_w": 5210,
                      "production_w": 8400,
                      "net_w": -3190,
                      "members": 24,
                      "reporting": 23
                    }
                  }
                ]
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/session": {
      "get": {
        "operationId": "getSession",
        "summary": "Who asks, and what this caller may do",
        "tags": [
          "access"
        ],
        "responses": {
          "200": {
            "description": "The caller.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Session"
                },
                "example": {
                  "anonymous": false,
                  "name": "phone",
                  "scopes": [
                    "read"
                  ],
                  "meters": [
                    "ma309-1"
                  ],
                  "finest": "raw",
                  "device": null,
                  "expires": "2027-03-01T00:00:00+01:00"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/tokens": {
      "get": {
        "operationId": "listTokens",
        "summary": "The tokens that are valid, without their secrets",
        "description": "Needs the scope `admin`.",
        "tags": [
          "access"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "responses": {
          "200": {
            "description": "The tokens, in order of creation.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/TokenList"
                },
                "example": {
                  "tokens": [
                    {
                      "id": "6f1d0c2b9a3e",
                      "name": "phone",
                      "scopes": [
                        "read"
                      ],
                      "meters": [
                        "ma309-1"
                      ],
                      "finest": "raw",
                      "device": null,
                      "created": "2026-03-01T00:00:00+01:00",
                      "expires": "2027-03-01T00:00:00+01:00"
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      },
      "post": {
        "operationId": "createToken",
        "summary": "Make a token",
        "description": "Needs the scope `admin`. The answer is the only place where the secret ever stands; only its SHA-256 is kept.",
        "tags": [
          "access"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewToken"
              },
              "example": {
                "name": "phone",
                "scopes": [
                  "read"
                ],
                "meters": [
                  "ma309-1"
                ],
                "finest": "raw",
                "expires_in_days": 365
              }
            }
          }
        },
        "responses": {
          "201": {
            "description": "The token with its secret.",
            "headers": {
              "Location": {
                "description": "Where the token is revoked.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/CreatedToken"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "422": {
            "$ref": "#/components/responses/Refused"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/tokens/{id}": {
      "parameters": [
        {
          "name": "id",
          "in": "path",
          "required": true,
          "description": "The token's id.",
          "schema": {
            "$ref": "#/components/schemas/TokenId"
          },
          "example": "6f1d0c2b9a3e"
        }
      ],
      "delete": {
        "operationId": "revokeToken",
        "summary": "Revoke a token, effective at once; its live streams end",
        "description": "Needs the scope `admin`, or the token itself.",
        "tags": [
          "access"
        ],
        "security": [
          {
            "bearer": []
          }
        ],
        "responses": {
          "204": {
            "description": "It is revoked."
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/registers": {
      "get": {
        "operationId": "listRegisters",
        "summary": "The registers that the platform knows by name",
        "tags": [
          "reference"
        ],
        "responses": {
          "200": {
            "description": "The register table, in the order in which people expect to read it.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RegisterList"
                },
                "example": {
                  "registers": [
                    {
                      "code": "1-0:1.8.0",
                      "unit": "Wh",
                      "kind": "counter",
                      "name": "import_wh",
                      "label": {
                        "de": "Bezug",
                        "en": "Import"
                      }
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/rejected": {
      "get": {
        "operationId": "listRejected",
        "summary": "The newest messages that the platform could not accept, and why",
        "tags": [
          "meters"
        ],
        "parameters": [
          {
            "name": "device",
            "in": "query",
            "description": "Only this device's.",
            "schema": {
              "type": "string",
              "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"
            },
            "example": "esp32-1"
          },
          {
            "name": "limit",
            "in": "query",
            "description": "At most this many.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 500,
              "default": 50
            },
            "example": 10
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "Newest first.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RejectedList"
                },
                "example": {
                  "tz": "Europe/Vienna",
                  "messages": [
                    {
                      "device": "esp32-1",
                      "topic": "sm/v1/esp32-1/reading",
                      "code": "schema",
                      "detail": "/r/1-0:1.8.0 must be integer.",
                      "received": "2026-03-29T12:00:05.120+02:00",
                      "payload": "eyJ2IjoxLCJyIjp7IjEtMDoxLjguMCI6IngifX0="
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/ingest/{input}": {
      "post": {
        "operationId": "ingest",
        "summary": "Readings of a device that only speaks HTTP",
        "description": "The body is what the input reads (`GET /v1/extensions` lists them), or with the input `reading` the platform's own\nform, JSON or CBOR as on `sm/v1/{device}/reading`. The token names the device. The answer comes when the log holds\neverything; what could not be accepted is kept with its reason, so that sending it again does not help.\n",
        "tags": [
          "extensions"
        ],
        "parameters": [
          {
            "name": "input",
            "in": "path",
            "required": true,
            "description": "An input's name, or `reading`.",
            "schema": {
              "type": "string",
              "pattern": "^[a-z][a-z0-9-]{1,31}$"
            },
            "example": "senml"
          }
        ],
        "requestBody": {
          "required": true,
          "description": "At most 16 KiB.",
          "content": {
            "application/json": {
              "schema": {}
            },
            "application/cbor": {
              "schema": {}
            },
            "application/octet-stream": {
              "schema": {
                "type": "string",
                "format": "binary"
              }
            },
            "*/*": {
              "schema": {}
            }
          }
        },
        "responses": {
          "204": {
            "description": "The log holds the readings."
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "422": {
            "description": "All or some of it was rejected; `errors` says which readings of the body and why. The others are held.",
            "content": {
              "application/problem+json": {
                "schema": {
                  "$ref": "#/components/schemas/Problem"
                },
                "example": {
                  "type": "/problems/rejected",
                  "title": "The readings were rejected",
                  "status": 422,
                  "detail": "input-fault: senml: A SenML pack is an array of records.",
                  "errors": [
                    {
                      "pointer": "",
                      "detail": "senml: A SenML pack is an array of records."
                    }
                  ]
                }
              }
            }
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/extensions": {
      "get": {
        "operationId": "listExtensions",
        "summary": "The extensions of this process, their rights and how they are",
        "tags": [
          "extensions"
        ],
        "responses": {
          "200": {
            "description": "In the order in which they were found.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ExtensionList"
                },
                "example": {
                  "extensions": [
                    {
                      "name": "senml",
                      "kind": "input",
                      "version": "1.0.0",
                      "interface": 1,
                      "description": "SenML (RFC 8428) in JSON and CBOR",
                      "shipped": true,
                      "rights": {},
                      "meters": null,
                      "state": "running",
                      "calls": 12,
                      "failures": 1,
                      "cuts": 0,
                      "last_failure": {
                        "time": "2026-03-29T12:00:05+02:00",
                        "reason": "threw",
                        "detail": "The extension senml threw: …"
                      }
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/v1/events": {
      "get": {
        "operationId": "listEvents",
        "summary": "What processors noticed, newest first",
        "description": "Events of meters that the caller may read at quarter hours.",
        "tags": [
          "extensions"
        ],
        "parameters": [
          {
            "name": "meter",
            "in": "query",
            "description": "Only this meter's.",
            "schema": {
              "$ref": "#/components/schemas/MeterId"
            },
            "example": "ma309-1"
          },
          {
            "name": "limit",
            "in": "query",
            "description": "At most this many.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 500,
              "default": 50
            },
            "example": 10
          },
          {
            "$ref": "#/components/parameters/TimeZone"
          }
        ],
        "responses": {
          "200": {
            "description": "The events.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/EventList"
                },
                "example": {
                  "tz": "Europe/Vienna",
                  "events": [
                    {
                      "extension": "peak-alert",
                      "id": "peak:ma309-1:2026-03-29T10:00:00Z",
                      "type": "peak",
                      "meter": "ma309-1",
                      "time": "2026-03-29T12:00:00+02:00",
                      "title": "ma309-1 drew 6.2 kW on average in a quarter hour; the limit is 5 kW.",
                      "data": {
                        "power_w": 6200,
                        "limit_w": 5000
                      }
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/openapi.json": {
      "get": {
        "operationId": "getOpenApi",
        "summary": "This document",
        "tags": [
          "reference"
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Document"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/asyncapi.json": {
      "get": {
        "operationId": "getAsyncApi",
        "summary": "The messages over MQTT and Kafka, as an AsyncAPI document",
        "tags": [
          "reference"
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Document"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/schemas/{name}": {
      "get": {
        "operationId": "getSchema",
        "summary": "One message contract as JSON Schema 2020-12",
        "tags": [
          "reference"
        ],
        "parameters": [
          {
            "name": "name",
            "in": "path",
            "required": true,
            "description": "File name of the schema.",
            "schema": {
              "enum": [
                "reading.schema.json",
                "reading-message.schema.json",
                "normalised-reading.schema.json",
                "rejected.schema.json",
                "problem.schema.json",
                "tariff.schema.json"
              ],
              "type": "string"
            },
            "example": "reading.schema.json"
          }
        ],
        "responses": {
          "200": {
            "description": "The schema.",
            "content": {
              "application/schema+json": {
                "schema": {
                  "type": "object"
                },
                "example": {
                  "title": "Reading"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/problems/{kind}": {
      "get": {
        "operationId": "getProblemKind",
        "summary": "What a problem's type means and how to mend it",
        "tags": [
          "reference"
        ],
        "parameters": [
          {
            "name": "kind",
            "in": "path",
            "required": true,
            "description": "Last part of a problem's `type`.",
            "schema": {
              "type": "string",
              "pattern": "^[a-z-]{1,40}$"
            },
            "example": "unknown-meter"
          }
        ],
        "responses": {
          "200": {
            "description": "The kind of problem.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ProblemKind"
                },
                "example": {
                  "type": "/problems/unknown-meter",
                  "title": "No such meter",
                  "status": 404,
                  "mend": "Ask /v1/meters for the ids of all meters."
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/docs": {
      "get": {
        "operationId": "getDocs",
        "summary": "This document as a page to read and try",
        "tags": [
          "reference"
        ],
        "responses": {
          "200": {
            "description": "A page that loads nothing from other servers.",
            "content": {
              "text/html": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/docs/{file}": {
      "get": {
        "operationId": "getDocsFile",
        "summary": "A script or style of the page",
        "tags": [
          "reference"
        ],
        "parameters": [
          {
            "name": "file",
            "in": "path",
            "required": true,
            "description": "File name.",
            "schema": {
              "enum": [
                "swagger-ui.css",
                "swagger-ui-bundle.js",
                "start.js",
                "favicon-32x32.png"
              ],
              "type": "string"
            },
            "example": "start.js"
          }
        ],
        "responses": {
          "200": {
            "description": "The file.",
            "content": {
              "text/css": {
                "schema": {
                  "type": "string"
                }
              },
              "text/javascript": {
                "schema": {
                  "type": "string"
                }
              },
              "image/png": {
                "schema": {
                  "type": "string",
                  "contentEncoding": "binary"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/TooManyRequests"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/healthz": {
      "get": {
        "operationId": "getHealth",
        "summary": "Whether the process is alive",
        "tags": [
          "operation"
        ],
        "responses": {
          "200": {
            "description": "It is.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                },
                "example": {
                  "status": "ok"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/readyz": {
      "get": {
        "operationId": "getReadiness",
        "summary": "Whether everything that an answer needs is there",
        "tags": [
          "operation"
        ],
        "responses": {
          "200": {
            "description": "Ready.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Readiness"
                },
                "example": {
                  "status": "ready",
                  "checks": {
                    "store": {
                      "ok": true
                    }
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "503": {
            "description": "Not ready, and what is missing.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Readiness"
                },
                "example": {
                  "status": "not-ready",
                  "checks": {
                    "store": {
                      "ok": false,
                      "detail": "The table readings is suspended: look into QuestDB's log."
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    },
    "/metrics": {
      "get": {
        "operationId": "getMetrics",
        "summary": "The process's figures for Prometheus; never a meter's values",
        "tags": [
          "operation"
        ],
        "responses": {
          "200": {
            "description": "Prometheus text format.",
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                },
                "example": "# TYPE smp_http_requests_total counter\nsmp_http_requests_total{method=\"GET\",route=\"/v1/meters\",status=\"200\"} 1\n"
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Forbidden"
          },
          "default": {
            "$ref": "#/components/responses/Other"
          }
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`smp_` and 43 characters of base64url, from `smp token create`, `POST /v1/tokens` or, at the first start, the file `admin.token`."
      }
    },
    "parameters": {
      "MeterId": {
        "name": "id",
        "in": "path",
        "required": true,
        "description": "The meter's id, `{device}` or `{device}.{meter behind it}`.",
        "schema": {
          "$ref": "#/components/schemas/MeterId"
        },
        "example": "ma309-1"
      },
      "GroupId": {
        "name": "id",
        "in": "path",
        "required": true,
        "description": "The group's id.",
        "schema": {
          "$ref": "#/components/schemas/GroupIdText"
        },
        "example": "sonnenplatz"
      },
      "From": {
        "name": "from",
        "in": "query",
        "description": "Start, inclusive; without it the start of today in `tz`.",
        "schema": {
          "$ref": "#/components/schemas/Instant"
        },
        "example": "2026-03-29"
      },
      "To": {
        "name": "to",
        "in": "query",
        "description": "End, exclusive; without it now.",
        "schema": {
          "$ref": "#/components/schemas/Instant"
        },
        "example": "2026-03-30"
      },
      "Resolution": {
        "name": "resolution",
        "in": "query",
        "description": "Length of a bucket.",
        "schema": {
          "$ref": "#/components/schemas/BucketLength",
          "default": "1h"
        },
        "example": "1h"
      },
      "TariffId": {
        "name": "id",
        "in": "path",
        "required": true,
        "description": "The contract's id.",
        "schema": {
          "$ref": "#/components/schemas/CostId"
        },
        "example": "haus-2026"
      },
      "SeriesId": {
        "name": "series",
        "in": "path",
        "required": true,
        "description": "The price series' id.",
        "schema": {
          "$ref": "#/components/schemas/CostId"
        },
        "example": "at-day-ahead"
      },
      "TimeZone": {
        "name": "tz",
        "in": "query",
        "description": "IANA time zone of dates, calendar buckets and answers; without it the platform's.",
        "schema": {
          "type": "string",
          "pattern": "^[A-Za-z][A-Za-z0-9_+/-]{0,63}$"
        },
        "example": "Europe/Vienna"
      },
      "Format": {
        "name": "format",
        "in": "query",
        "description": "Form of the answer; wins over the header Accept.",
        "schema": {
          "enum": [
            "json",
            "csv",
            "ndjson",
            "parquet"
          ],
          "type": "string"
        },
        "example": "json"
      },
      "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The `id` of the last event that arrived; on a stream of several meters it is not looked at.",
        "schema": {
          "type": "string",
          "maxLength": 20
        },
        "example": "1774778405000"
      }
    },
    "headers": {
      "ETag": {
        "description": "Fingerprint of the answer, for If-None-Match.",
        "schema": {
          "type": "string"
        }
      },
      "ContentDisposition": {
        "description": "The file's name, of csv, ndjson and parquet.",
        "schema": {
          "type": "string"
        }
      },
      "CacheControl": {
        "description": "Five minutes for a range that lies in the past, ten seconds for one that touches now.",
        "schema": {
          "type": "string"
        }
      }
    },
    "responses": {
      "Live": {
        "description": "An endless stream; described here as the list of its events, each with its data parsed.",
        "content": {
          "text/event-stream": {
            "schema": {
              "type": "array",
              "items": {
                "$ref": "#/components/schemas/LiveEvent"
              }
            },
            "example": [
              {
                "event": "heartbeat",
                "data": {
                  "t": 1774778407400,
                  "time": "2026-03-29T12:00:07.400+02:00"
                }
              },
              {
                "event": "reading",
                "id": "1774778405000",
                "data": {
                  "meter": "ma309-1",
                  "device": "ma309-1",
                  "t": 1774778405000,
                  "time": "2026-03-29T12:00:05+02:00",
                  "age_s": 2.4,
                  "tz": "Europe/Vienna",
                  "power_w": 413,
                  "quality": [],
                  "registers": {
                    "1-0:1.8.0": {
                      "value": 12345679,
                      "unit": "Wh",
                      "name": "import_wh",
                      "label": {
                        "de": "Bezug",
                        "en": "Import"
                      },
                      "t": 1774778405000
                    },
                    "1-0:16.7.0": {
                      "value": 413,
                      "unit": "W",
                      "name": "power_w",
                      "label": {
                        "de": "Leistung",
                        "en": "Power"
                      },
                      "t": 1774778405000
                    }
                  }
                }
              }
            ]
          }
        }
      },
      "Document": {
        "description": "The document, self-contained.",
        "content": {
          "application/json": {
            "schema": {
              "type": "object"
            }
          }
        }
      },
      "NotModified": {
        "description": "The answer is the one whose `ETag` was sent as `If-None-Match`; no body."
      },
      "Other": {
        "description": "Any other problem, such as 405 (`Allow` names the methods), 413 or 500.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      },
      "BadRequest": {
        "description": "A parameter or the body is unknown, missing or not in its form.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/invalid-parameter",
              "title": "A parameter is not in its form",
              "status": 400,
              "detail": "\"from\" is \"yesterday\", but must be RFC 3339 with offset, a date such as 2026-03-29, or epoch milliseconds.",
              "errors": [
                {
                  "parameter": "from",
                  "detail": "is \"yesterday\""
                }
              ]
            }
          }
        }
      },
      "Unauthorized": {
        "description": "The token is unknown, expired or revoked, or this needs one.",
        "headers": {
          "WWW-Authenticate": {
            "description": "`Bearer`, RFC 6750.",
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/unauthorized",
              "title": "A valid token is needed",
              "status": 401,
              "detail": "The token is expired since 2026-03-01T00:00:00+01:00."
            }
          }
        }
      },
      "Forbidden": {
        "description": "The token does not have the right that this needs.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/forbidden",
              "title": "The token may not do this",
              "status": 403,
              "detail": "This needs the scope \"admin\"; the token \"phone\" has read."
            }
          }
        }
      },
      "Refused": {
        "description": "The body is well-formed, but what it asks for is not possible; `detail` says why.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/refused",
              "title": "This is not possible",
              "status": 422,
              "detail": "There may be 1000 tokens at most. Revoke those that nobody uses."
            }
          }
        }
      },
      "NotFound": {
        "description": "There is nothing at this address.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/unknown-meter",
              "title": "No such meter",
              "status": 404,
              "detail": "There is no meter \"ma309-2\". /v1/meters lists all."
            }
          }
        }
      },
      "RangeTooLarge": {
        "description": "The answer would be too large; `detail` says what to ask instead.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/range-too-large",
              "title": "The range is too large",
              "status": 422,
              "detail": "1753152 buckets are more than 20000: ask for resolution \"day\" or coarser, or a shorter range."
            }
          }
        }
      },
      "CostUnprocessable": {
        "description": "The range is too large, or holds contracts in different currencies; `detail` says what to ask instead.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/currency-change",
              "title": "More than one currency",
              "status": 422,
              "detail": "Contract \"haus-2025\" is in CHF and \"haus-2026\" in EUR: ask up to and from 2026-01-01 apart."
            }
          }
        }
      },
      "TariffConflict": {
        "description": "The contract shares days with another one of the same meter, or does not fit its price series.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/tariff-overlap",
              "title": "Two contracts share a day",
              "status": 422,
              "detail": "Contracts \"haus-2026\" and \"haus-2025\" are both for ma309-1 from 2026-01-01 on: end one before the other begins."
            }
          }
        }
      },
      "PriceConflict": {
        "description": "The series is in another currency.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/currency-change",
              "title": "More than one currency",
              "status": 422,
              "detail": "The series \"at-day-ahead\" is in EUR, the prices in CHF: use another series."
            }
          }
        }
      },
      "TooManyRequests": {
        "description": "Too many requests or live streams from this address.",
        "headers": {
          "Retry-After": {
            "description": "Seconds to wait.",
            "schema": {
              "type": "integer"
            }
          }
        },
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/rate-limited",
              "title": "Too many requests",
              "status": 429,
              "detail": "More than 600 requests in a minute: wait 12 s."
            }
          }
        }
      },
      "Unavailable": {
        "description": "The store is busy or away; the same request may succeed later.",
        "headers": {
          "Retry-After": {
            "description": "Seconds to wait.",
            "schema": {
              "type": "integer"
            }
          }
        },
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "/problems/busy",
              "title": "Busy",
              "status": 503,
              "detail": "Too many queries are waiting: try again in 2 s."
            }
          }
        }
      }
    },
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
                  ],
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
      "MeterId": {
        "description": "`{device}`, or `{device}.{m}` for a meter behind a device.",
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9-]{0,39}(?:\\.[A-Za-z0-9][A-Za-z0-9-]{0,62})?$"
      },
      "Instant": {
        "description": "RFC 3339 with offset, a date (midnight in `tz`), or epoch milliseconds.",
        "type": "string",
        "maxLength": 40
      },
      "BucketLength": {
        "description": "15m and 1h are fixed lengths, the others calendar units in `tz`.",
        "enum": [
          "15m",
          "1h",
          "day",
          "week",
          "month",
          "year"
        ],
        "type": "string"
      },
      "Time": {
        "description": "RFC 3339 with the offset of `tz` at that instant; milliseconds only when there are any.",
        "type": "string",
        "format": "date-time",
        "pattern": "[+-]\\d\\d:\\d\\d$"
      },
      "EpochMs": {
        "description": "Unix milliseconds, UTC.",
        "type": "integer"
      },
      "ZoneName": {
        "description": "The IANA time zone that was used.",
        "type": "string"
      },
      "ReadingQuality": {
        "description": "What to know about a reading; empty when nothing. `server-time`: the device sent no time, so that it is the arrival's. `suspect`: implausible in sequence, kept out of energy until confirmed.",
        "type": "array",
        "uniqueItems": true,
        "items": {
          "enum": [
            "server-time",
            "suspect"
          ],
          "type": "string"
        }
      },
      "BucketQuality": {
        "description": "`measured`: readings in every quarter hour. `partial`: quarter hours without readings, or energy that is not allocated in time. `none`: no readings.",
        "enum": [
          "measured",
          "partial",
          "none"
        ],
        "type": "string"
      },
      "Label": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "de",
          "en"
        ],
        "properties": {
          "de": {
            "type": "string"
          },
          "en": {
            "type": "string"
          }
        }
      },
      "Meter": {
        "description": "`first` and `last` are the times of its oldest and newest reading.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "device",
          "name",
          "time_zone",
          "visibility",
          "connection_limit_w",
          "swaps",
          "certificate_expires",
          "simulated",
          "first",
          "last",
          "age_s"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/MeterId"
          },
          "device": {
            "description": "The device that speaks for it.",
            "type": "string"
          },
          "name": {
            "description": "Its id when nobody gave it one.",
            "type": "string"
          },
          "time_zone": {
            "$ref": "#/components/schemas/MeterZone"
          },
          "visibility": {
            "$ref": "#/components/schemas/Visibility"
          },
          "connection_limit_w": {
            "$ref": "#/components/schemas/ConnectionLimit"
          },
          "swaps": {
            "description": "When the meter behind the device was replaced, oldest first: no energy difference is taken across.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Swap"
            }
          },
          "certificate_expires": {
            "description": "End of its device's certificate; null where the process does not know.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/Time"
              },
              {
                "type": "null"
              }
            ]
          },
          "simulated": {
            "description": "No household is behind it.",
            "type": "boolean"
          },
          "first": {
            "$ref": "#/components/schemas/Time"
          },
          "last": {
            "$ref": "#/components/schemas/Time"
          },
          "age_s": {
            "description": "Seconds since the newest reading.",
            "type": "number",
            "minimum": 0
          }
        }
      },
      "MeterZone": {
        "description": "IANA time zone; `tz` below the meter without the parameter.",
        "type": "string",
        "pattern": "^[A-Za-z][A-Za-z0-9_+/-]{0,63}$"
      },
      "Visibility": {
        "description": "`private`: only tokens. `aggregate`: counts in public groups, never alone. `open`: public at every resolution, live too.",
        "enum": [
          "private",
          "aggregate",
          "open"
        ],
        "type": "string"
      },
      "ConnectionLimit": {
        "description": "What the connection can carry, W; null when unknown.",
        "type": [
          "integer",
          "null"
        ],
        "minimum": 1,
        "maximum": 100000000
      },
      "Swap": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "at"
        ],
        "properties": {
          "at": {
            "$ref": "#/components/schemas/Time"
          }
        }
      },
      "MeterDeletion": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "deleted_at",
          "store",
          "live",
          "log_until",
          "backups_until"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/MeterId"
          },
          "deleted_at": {
            "$ref": "#/components/schemas/Time"
          },
          "store": {
            "const": "done",
            "type": "string"
          },
          "live": {
            "description": "The retained message of `live/v1/{meter}`. `done`: gone. `told`: the brokers were told and take it away within seconds. `kept`: no broker could be told; it goes with the broker's next start.",
            "enum": [
              "done",
              "told",
              "kept"
            ],
            "type": "string"
          },
          "log_until": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/Time"
              },
              {
                "type": "null"
              }
            ]
          },
          "backups_until": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/Time"
              },
              {
                "type": "null"
              }
            ]
          }
        }
      },
      "NewSwap": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "at"
        ],
        "properties": {
          "at": {
            "$ref": "#/components/schemas/Instant"
          }
        }
      },
      "MeterSettings": {
        "description": "What is left out stays as it is; null goes back to the default.",
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "properties": {
          "name": {
            "type": [
              "string",
              "null"
            ],
            "minLength": 1,
            "maxLength": 80
          },
          "time_zone": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/MeterZone"
              },
              {
                "type": "null"
              }
            ]
          },
          "visibility": {
            "$ref": "#/components/schemas/Visibility"
          },
          "connection_limit_w": {
            "$ref": "#/components/schemas/ConnectionLimit"
          }
        }
      },
      "Scope": {
        "description": "`read`: what `meters` and `finest` allow. `write`: changes tariffs, prices and settings of these meters; by itself it reads no values. `admin`: everything. `ingest`: only to hand in readings of `device`.",
        "enum": [
          "read",
          "write",
          "admin",
          "ingest"
        ],
        "type": "string"
      },
      "Finest": {
        "description": "The finest resolution that a token may read. `raw`: also newest values, live streams, single readings and gaps. Another one: a bucket is told when it is over; until then it is null.",
        "enum": [
          "raw",
          "15m",
          "1h",
          "day",
          "month"
        ],
        "type": "string"
      },
      "TokenId": {
        "type": "string",
        "pattern": "^[0-9a-f]{12}$"
      },
      "TokenMeters": {
        "description": "The meters that it may read; null for all.",
        "type": [
          "array",
          "null"
        ],
        "maxItems": 1000,
        "uniqueItems": true,
        "items": {
          "$ref": "#/components/schemas/MeterId"
        }
      },
      "TokenDevice": {
        "description": "The device whose readings a token of the scope `ingest` hands in; else null.",
        "type": [
          "string",
          "null"
        ],
        "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"
      },
      "Token": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "name",
          "scopes",
          "meters",
          "finest",
          "device",
          "created",
          "expires"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/TokenId"
          },
          "name": {
            "$ref": "#/components/schemas/TokenName"
          },
          "scopes": {
            "$ref": "#/components/schemas/Scopes"
          },
          "meters": {
            "$ref": "#/components/schemas/TokenMeters"
          },
          "finest": {
            "$ref": "#/components/schemas/Finest"
          },
          "device": {
            "$ref": "#/components/schemas/TokenDevice"
          },
          "created": {
            "$ref": "#/components/schemas/Time"
          },
          "expires": {
            "$ref": "#/components/schemas/Time"
          },
          "last_used": {
            "description": "The day, in the platform's zone, up to an hour late; absent before the first use.",
            "type": "string",
            "format": "date"
          }
        }
      },
      "TokenName": {
        "description": "What people call it.",
        "type": "string",
        "minLength": 1,
        "maxLength": 80
      },
      "Scopes": {
        "type": "array",
        "minItems": 1,
        "uniqueItems": true,
        "items": {
          "$ref": "#/components/schemas/Scope"
        }
      },
      "TokenList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tokens"
        ],
        "properties": {
          "tokens": {
            "type": "array",
            "maxItems": 1000,
            "items": {
              "$ref": "#/components/schemas/Token"
            }
          }
        }
      },
      "NewToken": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/TokenName"
          },
          "scopes": {
            "description": "Without them `read`.",
            "$ref": "#/components/schemas/Scopes"
          },
          "meters": {
            "$ref": "#/components/schemas/TokenMeters"
          },
          "finest": {
            "$ref": "#/components/schemas/Finest",
            "default": "raw"
          },
          "device": {
            "$ref": "#/components/schemas/TokenDevice"
          },
          "expires_in_days": {
            "type": "integer",
            "minimum": 1,
            "maximum": 366,
            "default": 365
          }
        }
      },
      "CreatedToken": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "name",
          "scopes",
          "meters",
          "finest",
          "device",
          "created",
          "expires",
          "token"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/TokenId"
          },
          "name": {
            "$ref": "#/components/schemas/TokenName"
          },
          "scopes": {
            "$ref": "#/components/schemas/Scopes"
          },
          "meters": {
            "$ref": "#/components/schemas/TokenMeters"
          },
          "finest": {
            "$ref": "#/components/schemas/Finest"
          },
          "device": {
            "$ref": "#/components/schemas/TokenDevice"
          },
          "created": {
            "$ref": "#/components/schemas/Time"
          },
          "expires": {
            "$ref": "#/components/schemas/Time"
          },
          "token": {
            "description": "The secret, shown this once.",
            "type": "string",
            "pattern": "^smp_[A-Za-z0-9_-]{43}$"
          }
        }
      },
      "GroupIdText": {
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"
      },
      "GroupKind": {
        "enum": [
          "community",
          "municipality",
          "building",
          "other"
        ],
        "type": "string"
      },
      "GroupVisibility": {
        "description": "`private`: only for those who may read all members. `public`: see the group's energy.",
        "enum": [
          "private",
          "public"
        ],
        "type": "string"
      },
      "Licence": {
        "description": "Under which published sums may be used again; null when nothing was said.",
        "enum": [
          "CC-BY-4.0",
          null
        ],
        "type": [
          "string",
          "null"
        ]
      },
      "GroupBody": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "kind",
          "visibility",
          "meters",
          "licence"
        ],
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 80
          },
          "kind": {
            "$ref": "#/components/schemas/GroupKind"
          },
          "visibility": {
            "$ref": "#/components/schemas/GroupVisibility"
          },
          "meters": {
            "type": "array",
            "maxItems": 1000,
            "uniqueItems": true,
            "items": {
              "$ref": "#/components/schemas/MeterId"
            }
          },
          "licence": {
            "$ref": "#/components/schemas/Licence"
          }
        }
      },
      "Group": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "name",
          "kind",
          "visibility",
          "licence",
          "members",
          "meters",
          "created",
          "updated"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/GroupIdText"
          },
          "name": {
            "type": "string"
          },
          "kind": {
            "$ref": "#/components/schemas/GroupKind"
          },
          "visibility": {
            "$ref": "#/components/schemas/GroupVisibility"
          },
          "licence": {
            "$ref": "#/components/schemas/Licence"
          },
          "members": {
            "description": "How many meters are in it.",
            "type": "integer",
            "minimum": 0
          },
          "meters": {
            "description": "Those members that the caller may see by themselves.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/MeterId"
            }
          },
          "created": {
            "$ref": "#/components/schemas/Time"
          },
          "updated": {
            "$ref": "#/components/schemas/Time"
          }
        }
      },
      "GroupList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "groups"
        ],
        "properties": {
          "groups": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Group"
            }
          }
        }
      },
      "GroupQuality": {
        "description": "As of meters; `suppressed`: the sum would tell too much of one member.",
        "enum": [
          "measured",
          "partial",
          "none",
          "suppressed"
        ],
        "type": "string"
      },
      "SignedKwhOrNull": {
        "description": "Exact to the Wh, at most three decimals; null when unknown.",
        "type": [
          "number",
          "null"
        ]
      },
      "GroupEnergyBucket": {
        "description": "`balance_kwh` = import − export (published: of the hours that tell both). `shared_kwh`: what members could use of each other's, Σ min(import, export) over the quarter hours; over the hour where a member's energy is known no finer (published: hours), for up to 20 members who are heard of in fewer than half of the quarter hours. What passed in gaps of more than 75 minutes, or across the bounds of the bucket, is in none.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "start",
          "end",
          "import_kwh",
          "export_kwh",
          "balance_kwh",
          "shared_kwh",
          "coverage",
          "quality",
          "members",
          "reporting"
        ],
        "properties": {
          "start": {
            "$ref": "#/components/schemas/Time"
          },
          "end": {
            "$ref": "#/components/schemas/Time"
          },
          "import_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "export_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "balance_kwh": {
            "$ref": "#/components/schemas/SignedKwhOrNull"
          },
          "shared_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "coverage": {
            "$ref": "#/components/schemas/Coverage"
          },
          "quality": {
            "$ref": "#/components/schemas/GroupQuality"
          },
          "members": {
            "description": "How many meters count.",
            "type": "integer",
            "minimum": 0
          },
          "reporting": {
            "description": "How many of them had readings; published: the least of the hours.",
            "type": "integer",
            "minimum": 0
          }
        }
      },
      "GroupEnergySeries": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "group",
          "from",
          "to",
          "tz",
          "resolution",
          "unit",
          "licence",
          "total",
          "buckets"
        ],
        "properties": {
          "group": {
            "$ref": "#/components/schemas/GroupIdText"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "resolution": {
            "$ref": "#/components/schemas/BucketLength"
          },
          "unit": {
            "const": "kWh",
            "type": "string"
          },
          "licence": {
            "$ref": "#/components/schemas/Licence"
          },
          "total": {
            "$ref": "#/components/schemas/GroupEnergyBucket"
          },
          "buckets": {
            "type": "array",
            "maxItems": 20000,
            "items": {
              "$ref": "#/components/schemas/GroupEnergyBucket"
            }
          }
        }
      },
      "GroupPowerBucket": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "start",
          "end",
          "avg_w",
          "coverage",
          "members",
          "reporting"
        ],
        "properties": {
          "start": {
            "$ref": "#/components/schemas/Time"
          },
          "end": {
            "$ref": "#/components/schemas/Time"
          },
          "avg_w": {
            "description": "Sum of the members' mean net power.",
            "type": [
              "number",
              "null"
            ]
          },
          "coverage": {
            "$ref": "#/components/schemas/Coverage"
          },
          "members": {
            "type": "integer",
            "minimum": 0
          },
          "reporting": {
            "type": "integer",
            "minimum": 0
          }
        }
      },
      "GroupPowerSeries": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "group",
          "from",
          "to",
          "tz",
          "resolution",
          "unit",
          "licence",
          "buckets"
        ],
        "properties": {
          "group": {
            "$ref": "#/components/schemas/GroupIdText"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "resolution": {
            "$ref": "#/components/schemas/BucketLength"
          },
          "unit": {
            "const": "W",
            "type": "string"
          },
          "licence": {
            "$ref": "#/components/schemas/Licence"
          },
          "buckets": {
            "type": "array",
            "maxItems": 20000,
            "items": {
              "$ref": "#/components/schemas/GroupPowerBucket"
            }
          }
        }
      },
      "GroupBalance": {
        "description": "`consumption_w` is the sum of what members take from the grid, `production_w` of what they give; `net_w` is the difference. `t` is the newest reading's time, null when nobody spoke.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "group",
          "t",
          "time",
          "age_s",
          "tz",
          "consumption_w",
          "production_w",
          "net_w",
          "members",
          "reporting"
        ],
        "properties": {
          "group": {
            "$ref": "#/components/schemas/GroupIdText"
          },
          "t": {
            "type": [
              "integer",
              "null"
            ]
          },
          "time": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/Time"
              },
              {
                "type": "null"
              }
            ]
          },
          "age_s": {
            "type": [
              "number",
              "null"
            ],
            "minimum": 0
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "consumption_w": {
            "type": "number",
            "minimum": 0
          },
          "production_w": {
            "type": "number",
            "minimum": 0
          },
          "net_w": {
            "type": "number"
          },
          "members": {
            "type": "integer",
            "minimum": 0
          },
          "reporting": {
            "type": "integer",
            "minimum": 0
          }
        }
      },
      "BalanceEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "event",
          "id",
          "data"
        ],
        "properties": {
          "event": {
            "const": "balance",
            "type": "string"
          },
          "id": {
            "description": "The balance's `t`, or while that is null, when it was sent.",
            "type": "string"
          },
          "data": {
            "$ref": "#/components/schemas/GroupBalance"
          }
        }
      },
      "GroupLiveEvent": {
        "oneOf": [
          {
            "$ref": "#/components/schemas/BalanceEvent"
          },
          {
            "$ref": "#/components/schemas/HeartbeatEvent"
          }
        ]
      },
      "Session": {
        "description": "A caller without a token is anonymous: it may read what is public.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "anonymous",
          "name",
          "scopes",
          "meters",
          "finest",
          "device",
          "expires"
        ],
        "properties": {
          "anonymous": {
            "type": "boolean"
          },
          "name": {
            "type": "string"
          },
          "scopes": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Scope"
            }
          },
          "meters": {
            "$ref": "#/components/schemas/TokenMeters"
          },
          "finest": {
            "$ref": "#/components/schemas/Finest"
          },
          "device": {
            "$ref": "#/components/schemas/TokenDevice"
          },
          "expires": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/Time"
              },
              {
                "type": "null"
              }
            ]
          }
        }
      },
      "MeterList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tz",
          "meters"
        ],
        "properties": {
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "meters": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Meter"
            }
          }
        }
      },
      "LatestValue": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "value",
          "unit",
          "name",
          "label",
          "t"
        ],
        "properties": {
          "value": {
            "type": "number"
          },
          "unit": {
            "description": "The register table's; null for a register that the table does not know.",
            "type": [
              "string",
              "null"
            ]
          },
          "name": {
            "description": "Friendly name; the code itself for a register that the table does not know.",
            "type": "string"
          },
          "label": {
            "$ref": "#/components/schemas/Label"
          },
          "t": {
            "$ref": "#/components/schemas/EpochMs"
          }
        }
      },
      "Latest": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "meter",
          "device",
          "t",
          "time",
          "age_s",
          "tz",
          "power_w",
          "quality",
          "registers"
        ],
        "properties": {
          "meter": {
            "$ref": "#/components/schemas/MeterId"
          },
          "device": {
            "type": "string"
          },
          "t": {
            "$ref": "#/components/schemas/EpochMs"
          },
          "time": {
            "$ref": "#/components/schemas/Time"
          },
          "age_s": {
            "description": "Seconds since the newest reading.",
            "type": "number",
            "minimum": 0
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "power_w": {
            "description": "Net power, import positive; null when no reading of the last minute before `time` carries it.",
            "type": [
              "number",
              "null"
            ]
          },
          "quality": {
            "$ref": "#/components/schemas/ReadingQuality"
          },
          "registers": {
            "description": "By OBIS code; the known ones first, in the register table's order.",
            "type": "object",
            "additionalProperties": {
              "$ref": "#/components/schemas/LatestValue"
            }
          }
        }
      },
      "Heartbeat": {
        "description": "The stream is alive, also when the meter is silent.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "t",
          "time"
        ],
        "properties": {
          "t": {
            "$ref": "#/components/schemas/EpochMs"
          },
          "time": {
            "$ref": "#/components/schemas/Time"
          }
        }
      },
      "ReadingEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "event",
          "id",
          "data"
        ],
        "properties": {
          "event": {
            "const": "reading",
            "type": "string"
          },
          "id": {
            "description": "The reading's `t`.",
            "type": "string"
          },
          "data": {
            "$ref": "#/components/schemas/Latest"
          }
        }
      },
      "HeartbeatEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "event",
          "data"
        ],
        "properties": {
          "event": {
            "const": "heartbeat",
            "type": "string"
          },
          "data": {
            "$ref": "#/components/schemas/Heartbeat"
          }
        }
      },
      "LiveEvent": {
        "oneOf": [
          {
            "$ref": "#/components/schemas/ReadingEvent"
          },
          {
            "$ref": "#/components/schemas/HeartbeatEvent"
          }
        ]
      },
      "Kwh": {
        "description": "Exact to the Wh, at most three decimals.",
        "type": "number",
        "minimum": 0
      },
      "KwhOrNull": {
        "description": "Exact to the Wh, at most three decimals; null when unknown.",
        "type": [
          "number",
          "null"
        ],
        "minimum": 0
      },
      "Coverage": {
        "description": "Share of the quarter hours begun so far in which there is a reading; three decimals, and 1 only when none is missing.",
        "type": "number",
        "minimum": 0,
        "maximum": 1
      },
      "EnergyBucket": {
        "description": "The unallocated numbers are the part of import_kwh and export_kwh that passed in gaps inside this bucket.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "start",
          "end",
          "import_kwh",
          "export_kwh",
          "coverage",
          "import_unallocated_kwh",
          "export_unallocated_kwh",
          "quality",
          "readings"
        ],
        "properties": {
          "start": {
            "$ref": "#/components/schemas/Time"
          },
          "end": {
            "$ref": "#/components/schemas/Time"
          },
          "import_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "export_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "coverage": {
            "$ref": "#/components/schemas/Coverage"
          },
          "import_unallocated_kwh": {
            "$ref": "#/components/schemas/Kwh"
          },
          "export_unallocated_kwh": {
            "$ref": "#/components/schemas/Kwh"
          },
          "quality": {
            "$ref": "#/components/schemas/BucketQuality"
          },
          "readings": {
            "type": "integer",
            "minimum": 0
          }
        }
      },
      "EnergySeries": {
        "description": "`total` is the whole range as one bucket; it includes gaps across its buckets.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "meter",
          "from",
          "to",
          "tz",
          "resolution",
          "unit",
          "total",
          "buckets"
        ],
        "properties": {
          "meter": {
            "$ref": "#/components/schemas/MeterId"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "resolution": {
            "$ref": "#/components/schemas/BucketLength"
          },
          "unit": {
            "const": "kWh",
            "type": "string"
          },
          "total": {
            "$ref": "#/components/schemas/EnergyBucket"
          },
          "buckets": {
            "type": "array",
            "maxItems": 20000,
            "items": {
              "$ref": "#/components/schemas/EnergyBucket"
            }
          }
        }
      },
      "PowerBucket": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "start",
          "end",
          "avg_w",
          "min_w",
          "max_w",
          "coverage",
          "readings"
        ],
        "properties": {
          "start": {
            "$ref": "#/components/schemas/Time"
          },
          "end": {
            "$ref": "#/components/schemas/Time"
          },
          "avg_w": {
            "description": "Mean of the readings.",
            "type": [
              "number",
              "null"
            ]
          },
          "min_w": {
            "type": [
              "number",
              "null"
            ]
          },
          "max_w": {
            "type": [
              "number",
              "null"
            ]
          },
          "coverage": {
            "$ref": "#/components/schemas/Coverage"
          },
          "readings": {
            "type": "integer",
            "minimum": 0
          }
        }
      },
      "PowerSeries": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "meter",
          "from",
          "to",
          "tz",
          "resolution",
          "unit",
          "buckets"
        ],
        "properties": {
          "meter": {
            "$ref": "#/components/schemas/MeterId"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "resolution": {
            "$ref": "#/components/schemas/BucketLength"
          },
          "unit": {
            "const": "W",
            "type": "string"
          },
          "buckets": {
            "type": "array",
            "maxItems": 20000,
            "items": {
              "$ref": "#/components/schemas/PowerBucket"
            }
          }
        }
      },
      "RawReading": {
        "description": "Measured at `t`, the same as `time`; the platform got it at `received`, or found it to be suspect no longer.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "t",
          "time",
          "received",
          "power_w",
          "quality",
          "registers"
        ],
        "properties": {
          "t": {
            "$ref": "#/components/schemas/EpochMs"
          },
          "time": {
            "$ref": "#/components/schemas/Time"
          },
          "received": {
            "$ref": "#/components/schemas/Time"
          },
          "s": {
            "description": "Sequence number of the device's journal.",
            "type": "integer"
          },
          "power_w": {
            "description": "Net power of this reading; null when it carries none.",
            "type": [
              "number",
              "null"
            ]
          },
          "quality": {
            "$ref": "#/components/schemas/ReadingQuality"
          },
          "registers": {
            "description": "OBIS code to value, in the register table's unit.",
            "type": "object",
            "additionalProperties": {
              "type": "number"
            }
          },
          "units": {
            "description": "Units of the registers that the table does not know, as the device named them.",
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          }
        }
      },
      "ReadingPage": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "meter",
          "from",
          "to",
          "tz",
          "next",
          "readings"
        ],
        "properties": {
          "meter": {
            "$ref": "#/components/schemas/MeterId"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "next": {
            "description": "The next page's cursor; null on the last one.",
            "type": [
              "string",
              "null"
            ]
          },
          "readings": {
            "type": "array",
            "maxItems": 10000,
            "items": {
              "$ref": "#/components/schemas/RawReading"
            }
          }
        }
      },
      "Gap": {
        "description": "From the last reading before (`start`) to the first one after (`end`).",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "start",
          "end",
          "reason",
          "import_unallocated_kwh",
          "export_unallocated_kwh"
        ],
        "properties": {
          "start": {
            "$ref": "#/components/schemas/Time"
          },
          "end": {
            "$ref": "#/components/schemas/Time"
          },
          "reason": {
            "description": "`meter-swap`: the meter was exchanged in it. `lost`: the device's sequence numbers say that it made readings which never\narrived. `no-readings`: none of the two is known.\n",
            "enum": [
              "no-readings",
              "lost",
              "meter-swap"
            ],
            "type": "string"
          },
          "import_unallocated_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "export_unallocated_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          }
        }
      },
      "GapList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "meter",
          "from",
          "to",
          "tz",
          "unit",
          "gaps"
        ],
        "properties": {
          "meter": {
            "$ref": "#/components/schemas/MeterId"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "unit": {
            "const": "kWh",
            "type": "string"
          },
          "gaps": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Gap"
            }
          }
        }
      },
      "Tariff": {
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
                  ],
                  "type": "string"
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
              "$ref": "#/components/schemas/PriceComponent"
            }
          },
          "export": {
            "description": "What a kWh into the grid earns; the components add up. Empty: nothing.",
            "type": "array",
            "maxItems": 20,
            "items": {
              "$ref": "#/components/schemas/PriceComponent"
            }
          }
        }
      },
      "CostId": {
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"
      },
      "Money": {
        "description": "Exact decimal, at least two places, never rounded. Round to cents once, half up, on the sum that you show.",
        "type": "string",
        "pattern": "^-?(?:0|[1-9]\\d*)\\.\\d{2,}$"
      },
      "MoneyOrNull": {
        "description": "As Money; null when nothing of it is known.",
        "type": [
          "string",
          "null"
        ],
        "pattern": "^-?(?:0|[1-9]\\d*)\\.\\d{2,}$"
      },
      "Currency": {
        "description": "ISO 4217.",
        "type": "string",
        "pattern": "^[A-Z]{3}$"
      },
      "CurrencyOrNull": {
        "description": "ISO 4217; null when no contract covers the range.",
        "type": [
          "string",
          "null"
        ],
        "pattern": "^[A-Z]{3}$"
      },
      "TariffList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tariffs"
        ],
        "properties": {
          "tariffs": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Tariff"
            }
          }
        }
      },
      "TariffChanges": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tariffs"
        ],
        "properties": {
          "tariffs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {
              "$ref": "#/components/schemas/Tariff"
            }
          }
        }
      },
      "UsedTariff": {
        "description": "A contract that counts in the range.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "name",
          "valid_from",
          "valid_to"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/CostId"
          },
          "name": {
            "type": "string"
          },
          "valid_from": {
            "type": "string",
            "format": "date"
          },
          "valid_to": {
            "type": [
              "string",
              "null"
            ],
            "format": "date"
          }
        }
      },
      "CostPart": {
        "description": "What one component (and its zone) or one base fee amounts to, VAT included. The parts of a bucket add up to its sums; import, export, base, then by name and zone.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "direction",
          "kwh",
          "amount"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "zone": {
            "description": "Of a time-of-use component.",
            "type": "string"
          },
          "direction": {
            "enum": [
              "import",
              "export",
              "base"
            ],
            "type": "string"
          },
          "kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "amount": {
            "$ref": "#/components/schemas/Money"
          }
        }
      },
      "CostBucket": {
        "description": "`total` = import_cost + base_fee − export_credit. `estimated_kwh` and `unpriced_kwh` are of import and export together.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "start",
          "end",
          "import_kwh",
          "export_kwh",
          "import_cost",
          "export_credit",
          "base_fee",
          "total",
          "estimated_kwh",
          "unpriced_kwh",
          "coverage",
          "parts"
        ],
        "properties": {
          "start": {
            "$ref": "#/components/schemas/Time"
          },
          "end": {
            "$ref": "#/components/schemas/Time"
          },
          "import_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "export_kwh": {
            "$ref": "#/components/schemas/KwhOrNull"
          },
          "import_cost": {
            "$ref": "#/components/schemas/MoneyOrNull"
          },
          "export_credit": {
            "$ref": "#/components/schemas/MoneyOrNull"
          },
          "base_fee": {
            "$ref": "#/components/schemas/MoneyOrNull"
          },
          "total": {
            "$ref": "#/components/schemas/MoneyOrNull"
          },
          "estimated_kwh": {
            "$ref": "#/components/schemas/Kwh"
          },
          "unpriced_kwh": {
            "$ref": "#/components/schemas/Kwh"
          },
          "coverage": {
            "$ref": "#/components/schemas/Coverage"
          },
          "parts": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/CostPart"
            }
          }
        }
      },
      "CostSeries": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "meter",
          "from",
          "to",
          "tz",
          "resolution",
          "currency",
          "tariffs",
          "total",
          "buckets"
        ],
        "properties": {
          "meter": {
            "$ref": "#/components/schemas/MeterId"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "resolution": {
            "$ref": "#/components/schemas/BucketLength"
          },
          "currency": {
            "$ref": "#/components/schemas/CurrencyOrNull"
          },
          "tariffs": {
            "description": "In order of time.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/UsedTariff"
            }
          },
          "total": {
            "$ref": "#/components/schemas/CostBucket"
          },
          "buckets": {
            "type": "array",
            "maxItems": 10000,
            "items": {
              "$ref": "#/components/schemas/CostBucket"
            }
          }
        }
      },
      "CostPreview": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tariff",
          "from",
          "to"
        ],
        "properties": {
          "tariff": {
            "$ref": "#/components/schemas/Tariff"
          },
          "from": {
            "$ref": "#/components/schemas/Instant"
          },
          "to": {
            "$ref": "#/components/schemas/Instant"
          },
          "resolution": {
            "$ref": "#/components/schemas/BucketLength"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          }
        }
      },
      "MeterPriceSlot": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "start",
          "end",
          "import_price",
          "export_price",
          "tariff",
          "zones"
        ],
        "properties": {
          "start": {
            "$ref": "#/components/schemas/Time"
          },
          "end": {
            "$ref": "#/components/schemas/Time"
          },
          "import_price": {
            "$ref": "#/components/schemas/MoneyOrNull"
          },
          "export_price": {
            "$ref": "#/components/schemas/MoneyOrNull"
          },
          "tariff": {
            "description": "The contract's id.",
            "type": [
              "string",
              "null"
            ]
          },
          "zones": {
            "description": "Names of the time-of-use zones that apply.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        }
      },
      "MeterPrices": {
        "description": "Prices are per kWh.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "meter",
          "from",
          "to",
          "tz",
          "currency",
          "slots"
        ],
        "properties": {
          "meter": {
            "$ref": "#/components/schemas/MeterId"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "currency": {
            "$ref": "#/components/schemas/CurrencyOrNull"
          },
          "slots": {
            "type": "array",
            "maxItems": 10000,
            "items": {
              "$ref": "#/components/schemas/MeterPriceSlot"
            }
          }
        }
      },
      "PriceSlotLength": {
        "description": "Length of a price's slot.",
        "enum": [
          "15m",
          "1h"
        ],
        "type": "string"
      },
      "PriceSeries": {
        "description": "`first` is the start of its first price, `last` the end of its last one.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "name",
          "currency",
          "unit",
          "slot",
          "first",
          "last"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/CostId"
          },
          "name": {
            "type": "string"
          },
          "currency": {
            "$ref": "#/components/schemas/Currency"
          },
          "unit": {
            "const": "kWh",
            "type": "string"
          },
          "slot": {
            "$ref": "#/components/schemas/PriceSlotLength"
          },
          "first": {
            "$ref": "#/components/schemas/Time"
          },
          "last": {
            "$ref": "#/components/schemas/Time"
          }
        }
      },
      "PriceSeriesList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tz",
          "series"
        ],
        "properties": {
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "series": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/PriceSeries"
            }
          }
        }
      },
      "PriceSlot": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "start",
          "end",
          "price"
        ],
        "properties": {
          "start": {
            "$ref": "#/components/schemas/Time"
          },
          "end": {
            "$ref": "#/components/schemas/Time"
          },
          "price": {
            "$ref": "#/components/schemas/Money"
          }
        }
      },
      "PriceSlots": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "series",
          "currency",
          "unit",
          "from",
          "to",
          "tz",
          "slots"
        ],
        "properties": {
          "series": {
            "$ref": "#/components/schemas/CostId"
          },
          "currency": {
            "$ref": "#/components/schemas/Currency"
          },
          "unit": {
            "const": "kWh",
            "type": "string"
          },
          "from": {
            "$ref": "#/components/schemas/Time"
          },
          "to": {
            "$ref": "#/components/schemas/Time"
          },
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "slots": {
            "type": "array",
            "maxItems": 10000,
            "items": {
              "$ref": "#/components/schemas/PriceSlot"
            }
          }
        }
      },
      "PriceUpload": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "currency",
          "slot",
          "prices"
        ],
        "properties": {
          "name": {
            "description": "For people; without it the id.",
            "type": "string",
            "minLength": 1,
            "maxLength": 120
          },
          "currency": {
            "$ref": "#/components/schemas/Currency"
          },
          "slot": {
            "$ref": "#/components/schemas/PriceSlotLength"
          },
          "prices": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10000,
            "items": {
              "type": "object",
              "title": "UploadedPrice",
              "additionalProperties": false,
              "required": [
                "start",
                "price"
              ],
              "properties": {
                "start": {
                  "$ref": "#/components/schemas/Instant"
                },
                "price": {
                  "description": "Per kWh, at most 10 decimals; may be negative.",
                  "type": "string",
                  "pattern": "^-?(?:0|[1-9]\\d{0,5})(?:\\.\\d{1,10})?$"
                }
              }
            }
          }
        }
      },
      "PriceUploadResult": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tz",
          "stored",
          "series"
        ],
        "properties": {
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "stored": {
            "description": "How many prices of the call were stored.",
            "type": "integer",
            "minimum": 1
          },
          "series": {
            "$ref": "#/components/schemas/PriceSeries"
          }
        }
      },
      "PriceDeletion": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tz",
          "deleted",
          "series"
        ],
        "properties": {
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "deleted": {
            "description": "How many quarter hours lost their price.",
            "type": "integer",
            "minimum": 0
          },
          "series": {
            "description": "What is left; null when the series is gone.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/PriceSeries"
              },
              {
                "type": "null"
              }
            ]
          }
        }
      },
      "RegisterEntry": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "code",
          "unit",
          "kind",
          "name",
          "label"
        ],
        "properties": {
          "code": {
            "description": "OBIS code.",
            "type": "string"
          },
          "unit": {
            "type": "string"
          },
          "kind": {
            "enum": [
              "counter",
              "gauge"
            ],
            "type": "string"
          },
          "name": {
            "type": "string"
          },
          "label": {
            "$ref": "#/components/schemas/Label"
          }
        }
      },
      "RegisterList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "registers"
        ],
        "properties": {
          "registers": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/RegisterEntry"
            }
          }
        }
      },
      "RejectedEntry": {
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
            "type": "string"
          },
          "topic": {
            "type": "string"
          },
          "code": {
            "description": "The kind of fault, as in rejected.schema.json.",
            "type": "string"
          },
          "detail": {
            "description": "What is wrong and how to mend it.",
            "type": "string"
          },
          "received": {
            "$ref": "#/components/schemas/Time"
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
      },
      "ExtensionList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "extensions"
        ],
        "properties": {
          "extensions": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Extension"
            }
          }
        }
      },
      "Extension": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "kind",
          "version",
          "interface",
          "shipped",
          "rights",
          "meters",
          "state",
          "calls",
          "failures",
          "cuts",
          "last_failure"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "kind": {
            "enum": [
              "input",
              "processor",
              "output"
            ],
            "type": "string"
          },
          "version": {
            "type": "string"
          },
          "interface": {
            "description": "Version of the interface that it is written for.",
            "type": "integer"
          },
          "description": {
            "type": "string"
          },
          "shipped": {
            "description": "It comes with the platform.",
            "type": "boolean"
          },
          "rights": {
            "description": "What it may do; it cannot do anything else.",
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "read": {
                "description": "The finest detail that it may ask of the store.",
                "enum": [
                  "raw",
                  "15m",
                  "1h",
                  "day",
                  "month"
                ],
                "type": "string"
              },
              "emit": {
                "description": "It may emit readings of virtual meters.",
                "type": "boolean"
              },
              "events": {
                "description": "It may emit events.",
                "type": "boolean"
              },
              "network": {
                "description": "It may open connections.",
                "type": "boolean"
              }
            }
          },
          "meters": {
            "description": "The meters to which the operator confines it; null - all.",
            "oneOf": [
              {
                "type": "array",
                "items": {
                  "$ref": "#/components/schemas/MeterId"
                }
              },
              {
                "type": "null"
              }
            ]
          },
          "state": {
            "description": "idle: no process runs, because none is needed. restarting: it was cut and waits for its next start. closed: nothing runs it. In production a processor's figures are up to ten minutes old.",
            "enum": [
              "idle",
              "running",
              "restarting",
              "closed"
            ],
            "type": "string"
          },
          "calls": {
            "type": "integer"
          },
          "failures": {
            "description": "Calls without a result.",
            "type": "integer"
          },
          "cuts": {
            "description": "How often its process was ended.",
            "type": "integer"
          },
          "last_failure": {
            "oneOf": [
              {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "time",
                  "reason",
                  "detail"
                ],
                "properties": {
                  "time": {
                    "$ref": "#/components/schemas/Time"
                  },
                  "reason": {
                    "type": "string"
                  },
                  "detail": {
                    "type": "string"
                  }
                }
              },
              {
                "type": "null"
              }
            ]
          }
        }
      },
      "EventList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tz",
          "events"
        ],
        "properties": {
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "events": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/PlatformEvent"
            }
          }
        }
      },
      "PlatformEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "extension",
          "id",
          "type",
          "meter",
          "time",
          "title"
        ],
        "properties": {
          "extension": {
            "description": "The processor that noticed it.",
            "type": "string"
          },
          "id": {
            "type": "string"
          },
          "type": {
            "type": "string"
          },
          "meter": {
            "$ref": "#/components/schemas/MeterId"
          },
          "time": {
            "$ref": "#/components/schemas/Time"
          },
          "title": {
            "description": "One sentence.",
            "type": "string"
          },
          "data": {
            "description": "Facts for programs.",
            "type": "object"
          }
        }
      },
      "RejectedList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "tz",
          "messages"
        ],
        "properties": {
          "tz": {
            "$ref": "#/components/schemas/ZoneName"
          },
          "messages": {
            "type": "array",
            "maxItems": 500,
            "items": {
              "$ref": "#/components/schemas/RejectedEntry"
            }
          }
        }
      },
      "ProblemKind": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "type",
          "title",
          "status",
          "mend"
        ],
        "properties": {
          "type": {
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer"
          },
          "mend": {
            "type": "string"
          }
        }
      },
      "Health": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "status"
        ],
        "properties": {
          "status": {
            "const": "ok",
            "type": "string"
          }
        }
      },
      "Readiness": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "status",
          "checks"
        ],
        "properties": {
          "status": {
            "enum": [
              "ready",
              "not-ready"
            ],
            "type": "string"
          },
          "checks": {
            "type": "object",
            "additionalProperties": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "ok"
              ],
              "properties": {
                "ok": {
                  "type": "boolean"
                },
                "detail": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "PriceComponent": {
        "title": "PriceComponent",
        "description": "One part of a price per kWh, before VAT. The components of a direction add up.",
        "oneOf": [
          {
            "$ref": "#/components/schemas/FixedPrice"
          },
          {
            "$ref": "#/components/schemas/TimeOfUsePrice"
          },
          {
            "$ref": "#/components/schemas/DynamicPrice"
          }
        ],
        "discriminator": {
          "propertyName": "kind",
          "mapping": {
            "fixed": "#/components/schemas/FixedPrice",
            "time-of-use": "#/components/schemas/TimeOfUsePrice",
            "dynamic": "#/components/schemas/DynamicPrice"
          }
        },
        "type": "object"
      },
      "FixedPrice": {
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
            "const": "fixed",
            "type": "string"
          },
          "price": {
            "$ref": "#/components/schemas/TariffPrice"
          },
          "vat": {
            "description": "Whether VAT is put on it; import: true, export: false.",
            "type": "boolean"
          }
        }
      },
      "TariffPrice": {
        "title": "TariffPrice",
        "description": "Per kWh before VAT, at most 8 decimals.",
        "type": "string",
        "pattern": "^-?(?:0|[1-9]\\d{0,5})(?:\\.\\d{1,8})?$"
      },
      "TimeOfUsePrice": {
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
            "const": "time-of-use",
            "type": "string"
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
                  "$ref": "#/components/schemas/TariffPrice"
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
                    ],
                    "type": "string"
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
                "$ref": "#/components/schemas/TariffPrice"
              }
            }
          },
          "vat": {
            "description": "Whether VAT is put on it; import: true, export: false.",
            "type": "boolean"
          }
        }
      },
      "DynamicPrice": {
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
            "const": "dynamic",
            "type": "string"
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
            ],
            "type": "string"
          },
          "factor": {
            "description": "At most 6 decimals; without it 1.",
            "type": "string",
            "pattern": "^(?:0|[1-9]\\d{0,2})(?:\\.\\d{1,6})?$"
          },
          "markup": {
            "description": "Per kWh before VAT, at most 8 decimals; without it 0.",
            "$ref": "#/components/schemas/TariffPrice"
          },
          "minimum": {
            "$ref": "#/components/schemas/TariffPrice"
          },
          "maximum": {
            "$ref": "#/components/schemas/TariffPrice"
          },
          "vat": {
            "description": "Whether VAT is put on it; import: true, export: false.",
            "type": "boolean"
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
      "description": "JSON with friendly names, retained, QoS 0, at most one message a second and meter; of readings that came over HTTP and of derived ones, too. An empty message says that the meter was deleted.",
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
    "homeAssistant": {
      "address": "live/homeassistant/device/{id}/config",
      "title": "A meter as Home Assistant discovers it",
      "description": "Only with SMP_HOME_ASSISTANT=true. Home Assistant's device discovery, retained, QoS 0; the same rights as for live/v1/{meter}.",
      "servers": [
        {
          "$ref": "#/servers/mqtt"
        }
      ],
      "parameters": {
        "id": {
          "$ref": "#/components/parameters/discoveryId"
        }
      },
      "messages": {
        "discovery": {
          "$ref": "#/components/messages/discovery"
        }
      }
    },
    "readingsLog": {
      "address": "smp.readings.v1",
      "title": "Every accepted reading",
      "description": "Key is the meter id, so one meter's readings keep their order. At least once; (meter, t) identifies a reading, the last one counts. A suspect reading comes again without the mark when later ones confirm it.",
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
      "title": "Devices coming and going, what they say of themselves, and meters that were deleted",
      "description": "Key is the device. Pass over a kind that you do not know.",
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
    "sendDiscovery": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/homeAssistant"
      },
      "summary": "The platform announces meters to Home Assistant, where that is switched on."
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
      "summary": "Ingest writes status and info messages, the API deletions."
    }
  },
  "components": {
    "parameters": {
      "device": {
        "description": "Name in the device's certificate, a-z, 0-9 and -, at most 40 characters."
      },
      "meter": {
        "description": "The platform's meter id, {device} or {device}.{m}."
      },
      "discoveryId": {
        "description": "The meter id with _ in place of the dot."
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
            },
            "quality": {
              "type": "array",
              "items": {
                "type": "string"
              },
              "description": "As in smp.readings.v1, server-time or suspect; absent when there is nothing to say."
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
      "discovery": {
        "name": "discovery",
        "title": "Home Assistant's device discovery payload",
        "contentType": "application/json",
        "payload": {
          "title": "HomeAssistantDiscovery",
          "description": "dev, o and cmps as Home Assistant names them; one sensor for each register that the table knows.",
          "type": "object",
          "required": [
            "dev",
            "o",
            "state_topic",
            "cmps"
          ],
          "properties": {
            "dev": {
              "type": "object"
            },
            "o": {
              "type": "object"
            },
            "state_topic": {
              "type": "string"
            },
            "cmps": {
              "type": "object",
              "additionalProperties": {
                "type": "object"
              }
            }
          }
        }
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
                "info",
                "deleted"
              ],
              "type": "string"
            },
            "value": {
              "description": "online or offline; or the info document; or, `deleted`, the id of the meter that was deleted with all that was received before: delete it, too."
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
            "const": 1,
            "type": "integer"
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
                  ],
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
              ],
              "type": "string"
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
            ],
            "type": "string"
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
      }
    }
  }
};
