/** What the browser keeps for this app. Without storage (a frame of another site, a private window) it lasts as long as the page. */
const memory = new Map<string, string>();
/** Apps of one origin behind different path prefixes keep apart. */
const prefix = `smp:${new URL("./", document.baseURI).pathname}:`;

export function kept(name: string): string | undefined {
  try {
    return memory.get(name) ?? localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return memory.get(name);
  }
}

export function keep(name: string, value: string | undefined): void {
  memory.delete(name);
  try {
    if (value === undefined) localStorage.removeItem(prefix + name);
    else store(name, value);
  } catch {
    if (value !== undefined) memory.set(name, value);
  }
}

/** A browser gives an origin 5 MB and less: where they are full, old answers give way to what was chosen or heard now. */
function store(name: string, value: string): void {
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    localStorage.removeItem(prefix + name);
    for (const answer of keptNames("answer:")) localStorage.removeItem(prefix + answer);
    localStorage.setItem(prefix + name, value);
  }
}

/** The names that are kept and begin so. */
export function keptNames(start: string): string[] {
  try {
    return Object.keys(localStorage).flatMap((name) =>
      name.startsWith(prefix + start) ? [name.slice(prefix.length)] : [],
    );
  } catch {
    return [...memory.keys()].filter((name) => name.startsWith(start));
  }
}
