/** The little of node-postgres that the QuestDB adapter uses; the package has no types of its own. */
declare module "pg" {
  interface PoolOptions {
    connectionString: string;
    max: number;
    connectionTimeoutMillis: number;
    query_timeout: number;
    types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
  }
  interface Result {
    rows: Record<string, unknown>[];
  }
  export class Pool {
    constructor(options: PoolOptions);
    query(sql: string, values?: readonly unknown[]): Promise<Result | Result[]>;
    on(event: "error", listener: (error: Error) => void): this;
    end(): Promise<void>;
  }
  export const types: PoolOptions["types"];
}
