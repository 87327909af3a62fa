import type { BaseFee } from "@smp/schemas/api";
import type { VNode } from "preact";
import { currencyUnit } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { ChoiceField, DecimalField, TextField } from "../ui/fields.tsx";
import { useRowKeys } from "../ui/row-keys.ts";

const PER = { day: "perDay", month: "perMonth", year: "perYear" } as const;

export interface BaseFeesProps {
  fees: readonly BaseFee[];
  currency: string;
  onChange: (fees: BaseFee[]) => void;
}

/** What is paid without any energy. */
export function BaseFees({ fees, currency, onChange }: BaseFeesProps): VNode {
  const rows = useRowKeys(fees.length);
  const set = (at: number, fee: BaseFee): void =>
    onChange(fees.map((known, index) => (index === at ? fee : known)));
  return (
    <div class="stack">
      {fees.map((fee, index) => (
        <div key={rows.keyOf(index)} class="fields fee">
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
          <ChoiceField
            label={text("per")}
            value={fee.per}
            options={(["day", "month", "year"] as const).map((per) => [per, text(PER[per])])}
            onChange={(per) => set(index, { ...fee, per })}
          />
          <button
            type="button"
            class="quiet"
            onClick={() => {
              rows.remove(index);
              onChange(fees.filter((_, at) => at !== index));
            }}
          >
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
