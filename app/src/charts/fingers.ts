import { held, isWhole, type Finger, type Range } from "./zoom.ts";

export interface Zoomable {
  bounds: Range;
  shown: () => Range;
  show: (range: Range) => void;
}

/**
 * Two fingers zoom and pan a chart, one pans it while it is zoomed. Everything else (scrolling, a swipe to the next period) is left
 * to the page, which sees none of the touches that were meant for the chart.
 */
export function followFingers(area: HTMLElement, { bounds, shown, show }: Zoomable): () => void {
  const fingers = new Map<number, Finger>();
  let taken = false;
  const shareOf = (touch: Touch): number => {
    const { left, width } = area.getBoundingClientRect();
    return (touch.clientX - left) / Math.max(1, width);
  };
  /** Takes hold anew: each finger of the value that lies under it now. */
  const hold = (event: TouchEvent): void => {
    const { min, max } = shown();
    fingers.clear();
    for (const touch of event.targetTouches) {
      const share = shareOf(touch);
      fingers.set(touch.identifier, { value: min + share * (max - min), share });
    }
    taken = fingers.size > 1 || (fingers.size === 1 && !isWhole(bounds, shown()));
    if (taken) event.stopPropagation();
  };
  const move = (event: TouchEvent): void => {
    if (!taken) return;
    event.stopPropagation();
    for (const touch of event.targetTouches) {
      const finger = fingers.get(touch.identifier);
      if (finger) fingers.set(touch.identifier, { ...finger, share: shareOf(touch) });
    }
    show(held(bounds, shown(), [...fingers.values()].slice(0, 2)));
  };
  const lift = (event: TouchEvent): void => {
    if (taken) event.stopPropagation();
    hold(event);
  };
  const listeners = { touchstart: hold, touchmove: move, touchend: lift, touchcancel: lift };
  for (const [name, listener] of Object.entries(listeners))
    area.addEventListener(name, listener as EventListener, { passive: true });
  return () => {
    for (const [name, listener] of Object.entries(listeners))
      area.removeEventListener(name, listener as EventListener);
  };
}
