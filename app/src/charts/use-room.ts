import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const USUAL_TEXT_PX = 16;
/** How much larger than usual the reader has text. */
const textScale = (): number =>
  parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_TEXT_PX;

export interface Room {
  width: number;
  /** 1: text as usual; 2: twice as large, and so are the labels of a chart. */
  scale: number;
}

/**
 * The room that the page gives an element, so that a chart is drawn in real pixels: lines stay thin, hatching stays even. Its
 * height must be given in `rem`: so larger text changes it, and is seen here.
 */
export function useRoom<E extends HTMLElement>(): [RefObject<E | null>, Room] {
  const element = useRef<E>(null);
  const [room, setRoom] = useState<Room>({ width: 0, scale: 1 });
  useLayoutEffect(() => {
    const node = element.current;
    if (!node) return undefined;
    const look = (): void => {
      const now = { width: Math.floor(node.clientWidth), scale: textScale() };
      setRoom((before) => (before.width === now.width && before.scale === now.scale ? before : now));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return [element, room];
}
