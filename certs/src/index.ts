/**
 * Provisioning: the certificate authority, the certificates of devices, consumers and services, and their registry.
 */
export { initCa, type InitCaOptions, type InitCaResult } from "./authority.ts";
export { caCommand } from "./ca-command.ts";
export { consumerCommand, deviceCommand, serviceCommand } from "./command.ts";
export { ensureDevelopmentPki, type DevelopmentPki, type DevelopmentPkiOptions } from "./development.ts";
export {
  addConsumer,
  addDevice,
  addService,
  type AddConsumerOptions,
  type AddOptions,
  type AddServiceOptions,
  type Bundle,
} from "./issue.ts";
export { renewCa, type IssuingAuthority, type RenewCaOptions } from "./authority-renewal.ts";
export type { EstLog } from "./est/app.ts";
export { readEstConfig, type EstConfig } from "./est/config.ts";
export { invite, type Invitation, type InviteOptions } from "./est/invitations.ts";
export { startEst, type EstServer, type EstServerPorts } from "./est/server.ts";
export { inviteCommand } from "./invite-command.ts";
export { ownNames } from "./own-names.ts";
export { passphraseFrom } from "./passphrase.ts";
export { exportCrls, type CrlFile, type ExportCrlOptions } from "./crl-files.ts";
export { HARDWARE_NAMES, type HardwareName } from "./hardware/table.ts";
export { writeReadyFile, type ReadyFileOptions } from "./ready-file.ts";
export { renewCertificate, type RenewOptions } from "./renew.ts";
export { pkiPaths, type BundleFiles, type PkiPaths } from "./paths.ts";
export type { Authority, Role } from "./profile.ts";
export {
  parseRegistry,
  readRegistry,
  stateOf,
  type CertificateState,
  type RegisteredCertificate,
  type RegistryEvent,
} from "./registry.ts";
export {
  findCertificate,
  listCertificates,
  listDevices,
  revoke,
  revokeDevice,
  type Revocation,
  type RevokeOptions,
} from "./revoke.ts";
