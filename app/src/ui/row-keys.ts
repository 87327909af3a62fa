import { useRef } from "preact/hooks";

export interface RowKeys {
  keyOf(index: number): number;
  /** A row goes; call it before the list is without it. */
  remove(index: number): void;
}

/** Keys for the rows of a list that grows at its end: what was typed into a row stays with it when one before it goes. */
export function useRowKeys(count: number): RowKeys {
  const { current } = useRef<{ keys: number[]; next: number }>({ keys: [], next: 0 });
  while (current.keys.length < count) current.keys.push(current.next++);
  return {
    keyOf: (index) => current.keys[index] ?? -1,
    remove: (index) => void current.keys.splice(index, 1),
  };
}
