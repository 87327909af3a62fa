// Generated from the files in schemas/ by `npm run generate`. Do not edit.

import type { Tariff } from "./types.ts";

export const tariffExamples: readonly Tariff[] = [
  {
    "id": "at-doppeltarif-2026",
    "name": "Österreich: Tag- und Nachtpreis, Netz mit Doppeltarif (Beispielpreise)",
    "description": "Night is from 22:00 to 06:00, in every season.",
    "texts": {
      "de": {
        "name": "Österreich: Tag- und Nachtpreis, Netz mit Doppeltarif (Beispielpreise)",
        "description": "Nacht ist das ganze Jahr über von 22:00 bis 06:00 Uhr. Alle Preise sind runde BEISPIELE: Bitte die aus Ihrem Vertrag eintragen."
      },
      "en": {
        "name": "Austria: day and night price, grid with double tariff (example prices)",
        "description": "Night is from 22:00 to 06:00, in every season.",
        "names": {
          "Grundpreis Energie": "Base fee, energy",
          "Netz-Pauschale und Messung": "Grid fee and metering",
          "Energie": "Energy",
          "Nacht": "Night",
          "Tag": "Day",
          "Netznutzung": "Grid use",
          "Netzverlust": "Grid losses",
          "Elektrizitätsabgabe": "Electricity duty",
          "Einspeisung": "Feed-in"
        }
      }
    },
    "source": "EXAMPLE: all prices are round numbers, no price list; take yours from your contract and your grid operator. Windows of the day: § 2 Abs. 1 Z 15 and 16 SNE-V 2018, as amended by BGBl. II Nr. 305/2025 (Novelle 2026). Elektrizitätsabgabe 0.1 ct/kWh, in 2026 only: kurier.at, 2025-12-29.",
    "meters": null,
    "valid_from": "2026-01-01",
    "valid_to": "2027-01-01",
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
        "price": "0.0010"
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
    "name": "Österreich: Börsenpreis je Viertelstunde, Netz Wien 2026 mit Sommer-Nieder-Arbeitspreis",
    "description": "Day-ahead price of the series at-day-ahead plus 3 % and 1.5 cents; feed-in at the market price less 0.6 cents. Grid fee of net level 7 without measured power, 20 % lower from 1 April to 30 September, 10:00 to 16:00, where quarter-hour values are switched on at the grid operator. Surcharges on the market price, feed-in and base fees are round EXAMPLES, no price list: take yours from your contract and your bill. Vienna's Gebrauchsabgabe (7 % of energy and grid) is not in it.",
    "texts": {
      "de": {
        "name": "Österreich: Börsenpreis je Viertelstunde, Netz Wien 2026 mit Sommer-Nieder-Arbeitspreis",
        "description": "Börsenpreis (Day-ahead, Preisreihe at-day-ahead) plus 3 % und 1,5 Cent; Einspeisung zum Marktpreis minus 0,6 Cent. Netznutzung der Netzebene 7, nicht gemessene Leistung, vom 1. April bis 30. September zwischen 10:00 und 16:00 Uhr um 20 % niedriger, wenn beim Netzbetreiber die Viertelstundenwerte eingeschaltet sind. Aufschläge auf den Börsenpreis, Einspeisung und Grundpreise sind runde BEISPIELE, keine Preisliste: Bitte die aus Ihrem Vertrag und Ihrer Rechnung eintragen. Die Wiener Gebrauchsabgabe (7 % auf Energie und Netz) ist nicht enthalten."
      },
      "en": {
        "name": "Austria: exchange price by the quarter hour, grid of Vienna 2026 with lower summer price",
        "description": "Day-ahead price of the series at-day-ahead plus 3 % and 1.5 cents; feed-in at the market price less 0.6 cents. Grid fee of net level 7 without measured power, 20 % lower from 1 April to 30 September, 10:00 to 16:00, where quarter-hour values are switched on at the grid operator. Surcharges on the market price, feed-in and base fees are round EXAMPLES, no price list: take yours from your contract and your bill. Vienna's Gebrauchsabgabe (7 % of energy and grid) is not in it.",
        "names": {
          "Grundpreis Energie (Beispiel)": "Base fee, energy (example)",
          "Netz-Pauschale und Messung (Beispiel)": "Grid fee and metering (example)",
          "Energie": "Energy",
          "Netznutzung": "Grid use",
          "Sommer-Nieder-Arbeitspreis": "Lower summer price",
          "Arbeitspreis": "Energy price",
          "Netzverlust": "Grid losses",
          "Elektrizitätsabgabe": "Electricity duty",
          "Erneuerbaren-Förderbeitrag": "Renewables contribution",
          "Einspeisung": "Feed-in"
        }
      }
    },
    "source": "Netznutzung, Netzverlust, Förderbeitrag: Wiener Netze's sheet of 2026-01-01 as told by github.com/ieeks/wallbox; 1.40 ct less in summer: github.com/mampfes/ha_epex_spot/issues/297 (2026-04-02). Hours: § 2 Abs. 1 Z 9 SNE-V 2018, BGBl. II Nr. 305/2025; 20 %: news.at, 2026-03-08. Elektrizitätsabgabe, 2026 only: kurier.at, 2025-12-29. Förderbeitrag 22 % below 2025: krone.at, 2025-11-25. Read 2026-11-26, not from the sheet itself.",
    "meters": null,
    "valid_from": "2026-01-01",
    "valid_to": "2027-01-01",
    "currency": "EUR",
    "vat_percent": "20",
    "base_fees": [
      {
        "name": "Grundpreis Energie (Beispiel)",
        "amount": "3.00",
        "per": "month"
      },
      {
        "name": "Netz-Pauschale und Messung (Beispiel)",
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
            "price": "0.0558",
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
          "price": "0.0698"
        }
      },
      {
        "name": "Netzverlust",
        "kind": "fixed",
        "price": "0.0070"
      },
      {
        "name": "Elektrizitätsabgabe",
        "kind": "fixed",
        "price": "0.0010"
      },
      {
        "name": "Erneuerbaren-Förderbeitrag",
        "kind": "fixed",
        "price": "0.0062"
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
    "name": "Österreich: fester Energiepreis, Netz Wien 2026 mit Sommer-Nieder-Arbeitspreis",
    "description": "Grid fee of net level 7 without measured power, 20 % lower from 1 April to 30 September, 10:00 to 16:00, where quarter-hour values are switched on at the grid operator. Energy price, feed-in and base fees are round EXAMPLES, no price list: take yours from your contract and your bill. Vienna's Gebrauchsabgabe (7 % of energy and grid) is not in it.",
    "texts": {
      "de": {
        "name": "Österreich: fester Energiepreis, Netz Wien 2026 mit Sommer-Nieder-Arbeitspreis",
        "description": "Netznutzung der Netzebene 7, nicht gemessene Leistung, vom 1. April bis 30. September zwischen 10:00 und 16:00 Uhr um 20 % niedriger, wenn beim Netzbetreiber die Viertelstundenwerte eingeschaltet sind. Energiepreis, Einspeisung und Grundpreise sind runde BEISPIELE, keine Preisliste: Bitte die aus Ihrem Vertrag und Ihrer Rechnung eintragen. Die Wiener Gebrauchsabgabe (7 % auf Energie und Netz) ist nicht enthalten."
      },
      "en": {
        "name": "Austria: fixed energy price, grid of Vienna 2026 with lower summer price",
        "description": "Grid fee of net level 7 without measured power, 20 % lower from 1 April to 30 September, 10:00 to 16:00, where quarter-hour values are switched on at the grid operator. Energy price, feed-in and base fees are round EXAMPLES, no price list: take yours from your contract and your bill. Vienna's Gebrauchsabgabe (7 % of energy and grid) is not in it.",
        "names": {
          "Grundpreis Energie (Beispiel)": "Base fee, energy (example)",
          "Netz-Pauschale und Messung (Beispiel)": "Grid fee and metering (example)",
          "Energie": "Energy",
          "Netznutzung": "Grid use",
          "Sommer-Nieder-Arbeitspreis": "Lower summer price",
          "Arbeitspreis": "Energy price",
          "Netzverlust": "Grid losses",
          "Elektrizitätsabgabe": "Electricity duty",
          "Erneuerbaren-Förderbeitrag": "Renewables contribution",
          "Einspeisung": "Feed-in"
        }
      }
    },
    "source": "Netznutzung, Netzverlust, Förderbeitrag: Wiener Netze's sheet of 2026-01-01 as told by github.com/ieeks/wallbox; 1.40 ct less in summer: github.com/mampfes/ha_epex_spot/issues/297 (2026-04-02). Hours: § 2 Abs. 1 Z 9 SNE-V 2018, BGBl. II Nr. 305/2025; 20 %: news.at, 2026-03-08. Elektrizitätsabgabe, 2026 only: kurier.at, 2025-12-29. Förderbeitrag 22 % below 2025: krone.at, 2025-11-25. Read 2026-11-26, not from the sheet itself.",
    "meters": null,
    "valid_from": "2026-01-01",
    "valid_to": "2027-01-01",
    "currency": "EUR",
    "vat_percent": "20",
    "base_fees": [
      {
        "name": "Grundpreis Energie (Beispiel)",
        "amount": "3.00",
        "per": "month"
      },
      {
        "name": "Netz-Pauschale und Messung (Beispiel)",
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
            "price": "0.0558",
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
          "price": "0.0698"
        }
      },
      {
        "name": "Netzverlust",
        "kind": "fixed",
        "price": "0.0070"
      },
      {
        "name": "Elektrizitätsabgabe",
        "kind": "fixed",
        "price": "0.0010"
      },
      {
        "name": "Erneuerbaren-Förderbeitrag",
        "kind": "fixed",
        "price": "0.0062"
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
