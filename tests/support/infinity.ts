/**
 * What Grafana's Infinity data source makes of a query with `"parser": "backend"`, after its source (pkg/infinity, and the library
 * jsonframer): which request it sends, and which fields it hands to the panel.
 */
export interface Target {
  url?: string;
  url_options?: { params: { key: string; value: string }[] };
  root_selector?: string;
  columns?: Column[];
  parser?: string;
  expr?: string;
}
interface Column {
  selector: string;
  text: string;
  type: "string" | "number" | "timestamp";
}

/** A data source as a provisioning file describes it. */
export interface Source {
  uid: string;
  url: string;
  jsonData: { auth_method: "bearerToken" | "none"; allowedHosts: string[] };
  secureJsonData?: { bearerToken: string };
}

export interface Field {
  name: string;
  type: "time" | "number" | "string";
  values: (number | string | null)[];
}

/** Puts the environment's values in place of `$NAME`, as Grafana does in a provisioning file; a variable that is not set is empty. */
export const provisioned = (text: string, environment: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$(\w+)/g, (_, name: string) => environment[name] ?? "");

/** The fields of a target whose variables are filled in. Throws where a panel would show an error. */
export async function fieldsOf(source: Source, target: Target): Promise<Field[]> {
  const { url = "", url_options, root_selector = "", columns = [] } = target;
  const query = new URLSearchParams(
    (url_options?.params ?? []).map(({ key, value }): [string, string] => [key, value]),
  );
  const address = `${source.url}${url}${query.size > 0 ? `?${query.toString()}` : ""}`;
  if (!source.jsonData.allowedHosts.some((host) => address.startsWith(host)))
    throw new Error(`${address} is not among the allowed hosts`);
  const response = await fetch(address, {
    headers: {
      accept: "application/json;q=0.9,text/plain",
      // An empty token is sent, too.
      ...(source.jsonData.auth_method === "bearerToken" && {
        authorization: `Bearer ${source.secureJsonData?.bearerToken ?? ""}`,
      }),
    },
  });
  if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
  const body = (await response.json()) as Record<string, unknown>;
  const root = root_selector === "" ? body : body[root_selector];
  if (root === undefined) throw new Error(`${address} has no ${root_selector}`);
  const rows = [root].flat() as Record<string, unknown>[];
  // Without a row there is no field either: the panel says "No data".
  if (rows.length === 0) return [];
  return columns
    .map((column) => ({ ...column, name: column.text || column.selector }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, selector, type }) => ({
      name,
      type: type === "timestamp" ? "time" : type,
      values: rows.map((row) => valueOf(row, selector, type)),
    }));
}

/** Values of another type than the column's become null without a word. */
function valueOf(
  row: Record<string, unknown>,
  selector: string,
  type: Column["type"],
): number | string | null {
  if (!(selector in row)) throw new Error(`there is no ${selector} in ${JSON.stringify(row)}`);
  const value = row[selector];
  if (type === "number") return typeof value === "number" ? value : null;
  if (typeof value !== "string") return null;
  if (type === "string") return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
