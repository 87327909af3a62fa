interface Family {
  /** `# HELP` and `# TYPE`, which may stand once. */
  head: Map<string, string>;
  samples: string[];
}

/** Figures of several processes as one text: each family once, as Prometheus' text format asks, each sample with its `process`. */
export function mergedFigures(texts: Iterable<readonly [process: number, text: string]>): string {
  const families = new Map<string, Family>();
  for (const [process, text] of texts) {
    let family: Family = { head: new Map(), samples: [] };
    for (const line of text.split("\n")) {
      const [, kind, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (kind !== undefined && name !== undefined) {
        family = families.get(name) ?? { head: new Map(), samples: [] };
        families.set(name, family);
        if (!family.head.has(kind)) family.head.set(kind, line);
      } else if (line !== "") family.samples.push(labelled(line, process));
    }
  }
  return [...families.values()].flatMap(({ head, samples }) => [...head.values(), ...samples, ""]).join("\n");
}

/** `name 1` and `name{a="b"} 1` with one more label. */
function labelled(sample: string, process: number): string {
  const nameEnd = sample.search(/[{ ]/);
  const rest = sample.slice(nameEnd);
  const others = rest.startsWith("{") ? `,${rest.slice(1)}` : `}${rest}`;
  return `${sample.slice(0, nameEnd)}{process="${process}"${others}`;
}
