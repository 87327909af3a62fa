import type { BaseFee } from "@smp/schemas/api";
import type { VNode } from "preact";
import { currencyUnit } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { DecimalField, Field, TextField } from "../ui/fields.tsx";

const PER = { day: "perDay", month: "perMonth", year: "perYear" } as const;

export interface BaseFeesProps {
  fees: readonly BaseFee[];
  currency: string;
  onChange: (fees: BaseFee[]) => void;
}

/** What is paid without any energy. */
export function BaseFees({ fees, currency, onChange }: BaseFeesProps): VNode {
  const set = (at: number, fee: BaseFee): void =>
    onChange(fees.map((known, index) => (index === at ? fee : known)));
  return (
    <div class="stack">
      {fees.map((fee, index) => (
        <div key={index} class="fields fee">
          <TextField
            label={text("name")}
            value={fee.name}
            required
            onInput={(name) => set(index, { ...fee, name })}
          />
          <DecimalField
            label={text("cost.amount")}
            value={fee.amount}
            unit={currencyUnit(currency)}
            signed
            onInput={(amount) => set(index, { ...fee, amount })}
          />
          <Field label={text("per")}>
            {(id) => (
              <select
                id={id}
                value={fee.per}
                onChange={(event) => set(index, { ...fee, per: event.currentTarget.value as BaseFee["per"] })}
              >
                {(["day", "month", "year"] as const).map((per) => (
                  <option key={per} value={per}>
                    {text(PER[per])}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <button type="button" class="quiet" onClick={() => onChange(fees.filter((_, at) => at !== index))}>
            {text("remove")}
            <span class="visually-hidden"> {fee.name}</span>
          </button>
        </div>
      ))}
      <button
        type="button"
        onClick={() => onChange([...fees, { name: text("cost.base"), amount: "0", per: "month" }])}
      >
        {text("tariff.addFee")}
      </button>
    </div>
  );
}
