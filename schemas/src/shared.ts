/**
 * One answer for all who ask within so many milliseconds of its question: what costs something, and anybody may ask, is asked no
 * more often. A question that fails is asked anew by the next one.
 */
export function shared<T>(ask: () => Promise<T>, ms = 500): () => Promise<T> {
  let last: { answer: Promise<T>; untilMs: number } | undefined;
  let underWay = false;
  return () => {
    if (last && (underWay || performance.now() < last.untilMs)) return last.answer;
    underWay = true;
    const answer = ask().finally(() => (underWay = false));
    answer.catch(() => (last = undefined));
    last = { answer, untilMs: performance.now() + ms };
    return answer;
  };
}
