/** Does the work once the next frame is on the screen: whoever tapped sees at once that the tap was taken. */
export const afterPaint = (work: () => void): void => void requestAnimationFrame(() => setTimeout(work));
