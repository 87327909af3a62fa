/** The calls of node-forge that we use; the package ships no types. Binary data are strings of one character a byte. */
declare module "node-forge/lib/asn1.js" {
  interface Asn1 {
    readonly tagClass: number;
    readonly type: number;
    readonly value: string | Asn1[];
  }
  interface Bytes {
    getBytes(): string;
  }
  const asn1: {
    readonly Class: { readonly UNIVERSAL: number; readonly CONTEXT_SPECIFIC: number };
    readonly Type: Readonly<
      Record<
        | "BOOLEAN"
        | "BITSTRING"
        | "OCTETSTRING"
        | "NULL"
        | "OID"
        | "UTF8"
        | "SEQUENCE"
        | "SET"
        | "UTCTIME"
        | "GENERALIZEDTIME"
        | "INTEGER"
        | "ENUMERATED",
        number
      >
    >;
    create(tagClass: number, type: number, constructed: boolean, value: string | Asn1[]): Asn1;
    fromDer(bytes: string, options: { strict: boolean; decodeBitStrings: boolean }): Asn1;
    toDer(node: Asn1): Bytes;
    oidToDer(oid: string): Bytes;
    integerToDer(value: number): Bytes;
    dateToUtcTime(date: Date): string;
    dateToGeneralizedTime(date: Date): string;
  };
  export default asn1;
}

declare module "node-forge/lib/util.js" {
  const util: { bytesFromIP(ip: string): string | null };
  export default util;
}
