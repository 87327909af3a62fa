import type { ComponentChildren, VNode } from "preact";
import { followLink } from "../router.ts";

export interface LinkProps {
  href: string;
  class?: string;
  current?: boolean;
  children: ComponentChildren;
}

/** A link to a screen of this app; a new tab works too. */
export function Link({ href, class: name, current, children }: LinkProps): VNode {
  return (
    <a href={href} class={name} aria-current={current === true ? "page" : undefined} onClick={followLink}>
      {children}
    </a>
  );
}
