const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^]*\})? (\S+)$/;
const LABELS = /^\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*")*\}$/;
const SUFFIXES: Readonly<Record<string, string[]>> = {
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

/**
 * Reads Prometheus' text format 0.0.4 as strictly as `promtool check metrics`: a family's lines stand together, HELP and TYPE once
 * and before its samples, no sample twice. Gives each family's samples.
 */
export function familiesOf(text: string): Map<string, Map<string, number>> {
  const families = new Map<string, Map<string, number>>();
  let [family, type] = ["", ""];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (!NAME.test(name) || families.has(name)) throw new Error(`${name} stands twice: ${line}`);
      families.set(name, new Map());
      [family, type] = [name, ""];
    } else if (kind === "TYPE") {
      if (name !== family || type !== "" || !/^(?:counter|gauge|histogram|summary|untyped)$/.test(rest))
        throw new Error(`not the type of ${family}: ${line}`);
      type = rest;
    } else takeSample(line, { family, type, samples: families.get(family) });
  }
  return families;
}

function takeSample(
  line: string,
  { family, type, samples }: { family: string; type: string; samples: Map<string, number> | undefined },
): void {
  const [, name = "", labels, value] = SAMPLE.exec(line) ?? [];
  if (type === "" || !(SUFFIXES[type] ?? [""]).some((suffix) => name === family + suffix))
    throw new Error(`a sample outside its family: ${line}`);
  if (labels !== undefined && !LABELS.test(labels)) throw new Error(`labels: ${line}`);
  const number =
    value === "+Inf" ? Infinity : value === "Nan" || value === "NaN" ? Number.NaN : Number(value);
  if (Number.isNaN(number) && !/^NaN$/i.test(value ?? "")) throw new Error(`not a number: ${line}`);
  const key = `${name}${labels ?? ""}`;
  if (samples?.has(key) !== false) throw new Error(`a sample twice: ${line}`);
  samples.set(key, number);
}
