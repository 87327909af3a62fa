import { useRef } from "preact/hooks";

const DISTANCE_PX = 60;

/** Handlers that tell a swipe to the left (1: forward in time) or right (−1: back) from scrolling and tapping. */
export function useSwipe(onSwipe: (steps: number) => void): {
  onTouchStart: (event: TouchEvent) => void;
  onTouchEnd: (event: TouchEvent) => void;
} {
  const start = useRef<{ x: number; y: number } | undefined>(undefined);
  return {
    onTouchStart: ({ touches, target }) => {
      const [touch] = touches;
      // What lies over the screen has buttons of its own.
      const isOver = target instanceof Element && target.closest("dialog") !== null;
      start.current =
        touches.length === 1 && touch && !isOver ? { x: touch.clientX, y: touch.clientY } : undefined;
    },
    onTouchEnd: ({ changedTouches }) => {
      const [touch] = changedTouches;
      const from = start.current;
      start.current = undefined;
      if (!touch || !from) return;
      const across = touch.clientX - from.x;
      if (Math.abs(across) < DISTANCE_PX || Math.abs(across) < 2 * Math.abs(touch.clientY - from.y)) return;
      onSwipe(across < 0 ? 1 : -1);
    },
  };
}
