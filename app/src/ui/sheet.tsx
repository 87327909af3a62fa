import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { text } from "../i18n.ts";
import { Icon } from "./icon.tsx";

export interface SheetProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** Details over the screen: from below on a phone, at the side on a wide one. Escape, the cross and a tap beside it close it. */
export function Sheet({ title, onClose, children }: SheetProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="sheet-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="sheet-body">
        <header>
          <h2 id="sheet-title" aria-live="polite">
            {title}
          </h2>
          <button
            type="button"
            class="round"
            aria-label={text("close")}
            onClick={() => dialog.current?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
