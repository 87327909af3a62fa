import { useEffect, useState } from "preact/hooks";

/** Loads a part of the app when it is first shown; `undefined` while it is on its way, the error when it did not come. */
export function useModule<M>(load: () => Promise<M>): M | Error | undefined {
  const [module, setModule] = useState<{ load: () => Promise<M>; found: M | Error } | undefined>(undefined);
  useEffect(() => {
    let wanted = true;
    load().then(
      (found) => wanted && setModule({ load, found }),
      (error: unknown) =>
        wanted && setModule({ load, found: error instanceof Error ? error : new Error(String(error)) }),
    );
    return () => {
      wanted = false;
    };
  }, [load]);
  return module?.load === load ? module.found : undefined;
}
