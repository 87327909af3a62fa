// Generated from the files in schemas/ by `npm run generate`. Do not edit.

import type { Tariff } from "./types.ts";

export const tariffExamples: readonly Tariff[] = [
  {
    "id": "at-doppeltarif-2026",
    "name": "Österreich: Tag- und Nachtpreis, Netz mit Doppeltarif",
    "description": "Night is from 22:00 to 06:00, in every season.",
    "source": "Windows of the day: § 2 Abs. 1 Z 9, 15 and 16 SNE-V 2018, as amended by BGBl. II Nr. 305/2025 (Novelle 2026). Prices are round examples for net level 7, not a price list: take yours from your contract and your grid operator. As of November 2026.",
    "meters": null,
    "valid_from": "2026-01-01",
    "valid_to": null,
    "currency": "EUR",
    "vat_percent": "20",
    "base_fees": [
      {
        "name": "Grundpreis Energie",
        "amount": "3.00",
        "per": "month"
      },
      {
        "name": "Netz-Pauschale und Messung",
        "amount": "60.00",
        "per": "year"
      }
    ],
    "import": [
      {
        "name": "Energie",
        "kind": "time-of-use",
        "zones": [
          {
            "name": "Nacht",
            "price": "0.1000",
            "from": "22:00",
            "to": "06:00"
          }
        ],
        "otherwise": {
          "name": "Tag",
          "price": "0.1350"
        }
      },
      {
        "name": "Netznutzung",
        "kind": "time-of-use",
        "zones": [
          {
            "name": "Nacht",
            "price": "0.0420",
            "from": "22:00",
            "to": "06:00"
          }
        ],
        "otherwise": {
          "name": "Tag",
          "price": "0.0700"
        }
      },
      {
        "name": "Netzverlust",
        "kind": "fixed",
        "price": "0.0050"
      },
      {
        "name": "Elektrizitätsabgabe",
        "kind": "fixed",
        "price": "0.0150"
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
  {
    "id": "at-dynamisch-2026",
    "name": "Österreich: Börsenpreis je Viertelstunde, Netz mit Sommer-Nieder-Arbeitspreis",
    "description": "Day-ahead price of the series at-day-ahead plus 3 % and 1.5 cents; feed-in at the market price less 0.6 cents.",
    "source": "Windows of the day: § 2 Abs. 1 Z 9, 15 and 16 SNE-V 2018, as amended by BGBl. II Nr. 305/2025 (Novelle 2026). Prices are round examples for net level 7, not a price list: take yours from your contract and your grid operator. As of November 2026.",
    "meters": null,
    "valid_from": "2026-01-01",
    "valid_to": null,
    "currency": "EUR",
    "vat_percent": "20",
    "base_fees": [
      {
        "name": "Grundpreis Energie",
        "amount": "3.00",
        "per": "month"
      },
      {
        "name": "Netz-Pauschale und Messung",
        "amount": "60.00",
        "per": "year"
      }
    ],
    "import": [
      {
        "name": "Energie",
        "kind": "dynamic",
        "series": "at-day-ahead",
        "factor": "1.03",
        "markup": "0.0150"
      },
      {
        "name": "Netznutzung",
        "kind": "time-of-use",
        "zones": [
          {
            "name": "Sommer-Nieder-Arbeitspreis",
            "price": "0.0480",
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
          "name": "Arbeitspreis",
          "price": "0.0600"
        }
      },
      {
        "name": "Netzverlust",
        "kind": "fixed",
        "price": "0.0050"
      },
      {
        "name": "Elektrizitätsabgabe",
        "kind": "fixed",
        "price": "0.0150"
      }
    ],
    "export": [
      {
        "name": "Einspeisung",
        "kind": "dynamic",
        "series": "at-day-ahead",
        "markup": "-0.0060"
      }
    ]
  },
  {
    "id": "at-fix-2026",
    "name": "Österreich: fester Energiepreis, Netz mit Sommer-Nieder-Arbeitspreis",
    "description": "Grid fee 20 % lower from 1 April to 30 September, 10:00 to 16:00; it needs quarter-hour values to be switched on at the grid operator.",
    "source": "Windows of the day: § 2 Abs. 1 Z 9, 15 and 16 SNE-V 2018, as amended by BGBl. II Nr. 305/2025 (Novelle 2026). Prices are round examples for net level 7, not a price list: take yours from your contract and your grid operator. As of November 2026.",
    "meters": null,
    "valid_from": "2026-01-01",
    "valid_to": null,
    "currency": "EUR",
    "vat_percent": "20",
    "base_fees": [
      {
        "name": "Grundpreis Energie",
        "amount": "3.00",
        "per": "month"
      },
      {
        "name": "Netz-Pauschale und Messung",
        "amount": "60.00",
        "per": "year"
      }
    ],
    "import": [
      {
        "name": "Energie",
        "kind": "fixed",
        "price": "0.1200"
      },
      {
        "name": "Netznutzung",
        "kind": "time-of-use",
        "zones": [
          {
            "name": "Sommer-Nieder-Arbeitspreis",
            "price": "0.0480",
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
          "name": "Arbeitspreis",
          "price": "0.0600"
        }
      },
      {
        "name": "Netzverlust",
        "kind": "fixed",
        "price": "0.0050"
      },
      {
        "name": "Elektrizitätsabgabe",
        "kind": "fixed",
        "price": "0.0150"
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
];
