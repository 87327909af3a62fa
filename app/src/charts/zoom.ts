/** A part of a chart's axis, in the axis' own unit. */
export interface Range {
  min: number;
  max: number;
}

/** A finger on a chart: the value that it took hold of, and where it is now, as a share of the width. */
export interface Finger {
  value: number;
  share: number;
}

/** So many times closer, and no more: fewer points than this say nothing. */
const ZOOM_MAX = 24;
/** Fingers nearer to each other than this are one. */
const SHARE_MIN = 0.05;

/** The range of a length that begins at `min`, or as near to that as the chart goes. */
function within(bounds: Range, min: number, length: number): Range {
  const whole = bounds.max - bounds.min;
  const shown = Math.min(whole, Math.max(whole / ZOOM_MAX, length));
  const start = Math.min(Math.max(min + (length - shown) / 2, bounds.min), bounds.max - shown);
  return { min: start, max: start + shown };
}

/** Closer around the middle (`factor` above 1) or farther away. */
export function zoom(bounds: Range, shown: Range, factor: number): Range {
  const length = (shown.max - shown.min) / factor;
  return within(bounds, (shown.min + shown.max - length) / 2, length);
}

/** Along the axis by a share of what is shown. */
export function pan(bounds: Range, shown: Range, share: number): Range {
  const length = shown.max - shown.min;
  return within(bounds, shown.min + share * length, length);
}

/** What is shown when each finger keeps its value under it: one pans, two pinch. */
export function held(bounds: Range, shown: Range, fingers: readonly Finger[]): Range {
  const [first, second] = fingers;
  if (!first) return shown;
  let length = shown.max - shown.min;
  if (second) {
    const apart = Math.max(SHARE_MIN, Math.abs(second.share - first.share));
    length = Math.abs(second.value - first.value) / apart;
  }
  return within(bounds, first.value - first.share * length, length);
}

export const isWhole = (bounds: Range, shown: Range): boolean =>
  shown.min <= bounds.min && shown.max >= bounds.max;

/** A second is less than a press of a button changes. */
export const isClosest = (bounds: Range, shown: Range): boolean =>
  shown.max - shown.min <= (bounds.max - bounds.min) / ZOOM_MAX + 1;
