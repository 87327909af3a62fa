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
    "version": "1.0.0"
  },
  "channels": {},
  "components": {
    "schemas": {}
  }
};
