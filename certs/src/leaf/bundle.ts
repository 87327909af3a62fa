import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { syncFolder } from "@smp/disk";
import {
  exists,
  makePrivateFolder,
  PRIVATE_FILE_MODE,
  PUBLIC_FILE_MODE,
  writeFolder,
} from "../folder/files.ts";
import type { PkiPaths } from "../folder/paths.ts";
import type { Role } from "../profile.ts";
import type { RegisteredCertificate } from "../folder/registry.ts";

interface BundleContent {
  readonly ca: string;
  readonly cert: string;
  /** `undefined`: the owner made the key and keeps it. */
  readonly key: string | undefined;
}

/**
 * A bundle is prepared in a folder beside its own, entered in the registry, and then put in place. The registry's line
 * decides: after a crash before it, the prepared folder is thrown away; after a crash behind it, it is put in place.
 */
export async function stageBundle(
  paths: PkiPaths,
  role: Role,
  id: string,
  content: BundleContent,
): Promise<void> {
  const { staged, files } = paths.bundle(role, id);
  await makePrivateFolder(dirname(staged));
  await writeFolder(staged, [
    { name: basename(files.ca), content: content.ca, mode: PUBLIC_FILE_MODE },
    { name: basename(files.cert), content: content.cert, mode: PUBLIC_FILE_MODE },
    ...(content.key === undefined
      ? []
      : [{ name: basename(files.key), content: content.key, mode: PRIVATE_FILE_MODE }]),
  ]);
}

/**
 * Moves the files one by one, because a container may have mounted the folder itself. The certificate goes last: while
 * it is still in the prepared folder, the move is not over.
 */
export async function putInPlace(paths: PkiPaths, role: Role, id: string): Promise<void> {
  const { staged, folder, files } = paths.bundle(role, id);
  await makePrivateFolder(folder);
  // A key that lies there from before, and is not replaced, does not belong to the certificate that comes.
  const cert = await readFile(`${staged}/${basename(files.cert)}`);
  if (!(await exists(`${staged}/${basename(files.key)}`)) && !(await isKeyOf(files.key, cert)))
    await rm(files.key, { force: true });
  for (const file of [files.ca, files.key, files.cert]) {
    const from = `${staged}/${basename(file)}`;
    if (await exists(from)) await rename(from, file);
  }
  await syncFolder(folder);
  await rm(staged, { recursive: true, force: true });
}

/** Ends what a killed process left half done. Call it under the registry's lock. */
export async function finishInterrupted(
  paths: PkiPaths,
  role: Role,
  id: string,
  registered: readonly RegisteredCertificate[],
): Promise<void> {
  const { staged, files } = paths.bundle(role, id);
  if (!(await exists(staged))) return;
  const serial = await serialOf(`${staged}/${basename(files.cert)}`);
  const entered = registered.some(
    (certificate) => certificate.serial === serial && certificate.revokedAt === undefined,
  );
  if (entered) await putInPlace(paths, role, id);
  else await rm(staged, { recursive: true, force: true });
}

const isKeyOf = async (path: string, cert: Buffer): Promise<boolean> =>
  readFile(path)
    .then((key) => new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    .catch(() => false);

/** Nothing if the file is missing or was not written to its end. */
const serialOf = async (path: string): Promise<string | undefined> =>
  readFile(path, "utf8")
    .then((pem) => new X509Certificate(pem).serialNumber.toUpperCase())
    .catch(() => undefined);
