import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { text } from "../i18n.ts";
import { Icon } from "./icon.tsx";

/** Something to copy. Without the clipboard (a page without TLS) it can still be marked by hand. */
export function Code({ label, children }: { label: string; children: string }): VNode {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(children);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div class="code-box">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{children}</code>
      </pre>
      {"clipboard" in navigator && (
        <button
          type="button"
          class="round"
          aria-label={text(copied ? "copied" : "copy")}
          onClick={() => void copy().catch(() => undefined)}
        >
          <Icon name="copy" />
        </button>
      )}
    </div>
  );
}
