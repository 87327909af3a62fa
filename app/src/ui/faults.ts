import type { Problem } from "@smp/schemas";
import { text, type TextKey } from "../i18n.ts";

export type FieldError = NonNullable<Problem["errors"]>[number];

/** The names of a body's fields as the forms of the app call them. */
const FIELDS: Readonly<Record<string, TextKey>> = {
  amount: "cost.amount",
  at: "swap.at",
  base_fees: "cost.base",
  days: "zones.days",
  expires_in_days: "tokens.days",
  export: "tariff.export",
  factor: "dynamic.factor",
  from: "from",
  import: "tariff.import",
  markup: "dynamic.markup",
  maximum: "dynamic.maximum",
  meters: "tariff.meters",
  minimum: "dynamic.minimum",
  months: "zones.months",
  name: "name",
  otherwise: "zones.otherwise",
  per: "per",
  price: "price.title",
  series: "dynamic.series",
  slot: "dynamic.slot",
  time_zone: "timeZone",
  to: "to",
  valid_from: "tariff.from",
  valid_to: "tariff.to",
  vat_percent: "tariff.vat",
  visibility: "visibility",
};

/** `/import/0/zones/1/price` as the way to the field: Price for import 1 › Zone 2 › Price per kWh. */
function placeText({ pointer, parameter }: FieldError): string {
  const names = (pointer ?? parameter ?? "").split("/").filter((name) => name !== "");
  const words: string[] = [];
  for (const [index, name] of names.entries()) {
    const key = FIELDS[name];
    const number = Number(name) + 1;
    // A rule is called by its number, and a contract by its fields alone.
    if (["zones", "tariff", "tariffs"].includes(name) || names[index - 1] === "tariffs") continue;
    if (names[index - 1] === "zones") words.push(text("zones.rule", { number }));
    else if (/^\d+$/.test(name)) words.push(`${words.pop() ?? ""} ${number}`.trim());
    else words.push(key === undefined ? name : text(key));
  }
  return words.join(" › ");
}

/** One fault of a form in the words of the screen; the platform's own sentences are English, for programs and logs. */
export function faultText(error: FieldError): string {
  const place = placeText(error);
  const said = error.code === undefined ? error.detail : text(`fault.${error.code}`);
  return place === "" ? said : `${place}: ${said}`;
}
