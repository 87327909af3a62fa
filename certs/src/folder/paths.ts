import { resolve } from "node:path";
import { LEAVES, type Authority, type Role } from "../profile.ts";

/** The three files that a TLS client or server takes as they are. */
export interface BundleFiles {
  /** The root certificate: whom to trust. */
  readonly ca: string;
  /** The certificate itself, followed by its issuing CA's. */
  readonly cert: string;
  readonly key: string;
}

/** Where everything lies in a PKI folder. */
export interface PkiPaths {
  readonly dir: string;
  /** The root certificate once more, for everybody to take. */
  readonly ca: string;
  readonly registry: string;
  readonly lock: string;
  /** Invitations to enrol, as an append-only list. */
  readonly invitations: string;
  /** Revocation lists for brokers that do not read the registry. */
  readonly crls: string;
  /** `former`: the folder of those that it took the place of, each in a folder named by its serial number. */
  authority(authority: Authority): {
    readonly folder: string;
    readonly cert: string;
    readonly key: string;
    readonly former: string;
  };
  /** The folder of a role's bundle, and one beside it in which the next bundle is prepared. */
  bundle(
    role: Role,
    id: string,
  ): { readonly folder: string; readonly staged: string; readonly files: BundleFiles };
}

export function pkiPaths(directory: string): PkiPaths {
  const dir = resolve(directory);
  return {
    dir,
    ca: `${dir}/ca.crt`,
    registry: `${dir}/index.jsonl`,
    lock: `${dir}/index.lock`,
    invitations: `${dir}/invitations.jsonl`,
    crls: `${dir}/crl`,
    authority: (authority) => {
      const folder = `${dir}/${authority}`;
      return {
        folder,
        cert: `${folder}/ca.crt`,
        key: `${folder}/ca.key`,
        former: `${folder}/former`,
      };
    },
    bundle: (role, id) => {
      const { folder: roleFolder, fileName } = LEAVES[role];
      const folder = `${dir}/${roleFolder}/${id}`;
      return {
        folder,
        staged: `${dir}/${roleFolder}/.staged-${id}`,
        files: {
          ca: `${folder}/ca.crt`,
          cert: `${folder}/${fileName}.crt`,
          key: `${folder}/${fileName}.key`,
        },
      };
    },
  };
}
