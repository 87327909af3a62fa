import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { asFailure, type HttpError, sendJson } from "../api/http.ts";
import { askAgain } from "../api/resource.ts";
import { text, type TextKey } from "../i18n.ts";

export interface RemoveButtonProps {
  /** What is deleted, and its name for those who hear the button. */
  path: string;
  name: string;
  label: TextKey;
  /** What the second press is asked by. */
  really: TextKey;
  onFailure: (failure: HttpError) => void;
  /** @default everything on the screen is asked again */
  onRemoved?: () => void;
}

/** Deletes with its second press; the first one asks. A double tap is one press. */
export function RemoveButton({
  path,
  name,
  label,
  really,
  onFailure,
  onRemoved = askAgain,
}: RemoveButtonProps): VNode {
  const [sure, setSure] = useState(false);
  const remove = async (): Promise<void> => {
    try {
      await sendJson("DELETE", path);
      onRemoved();
    } catch (error) {
      onFailure(asFailure(error));
    }
  };
  return sure ? (
    <button type="button" class="danger" onClick={({ detail }) => detail < 2 && void remove()}>
      {text(really)}
    </button>
  ) : (
    <button type="button" class="quiet" onClick={() => setSure(true)}>
      {text(label)}
      <span class="visually-hidden"> {name}</span>
    </button>
  );
}
