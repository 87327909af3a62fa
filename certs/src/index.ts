/**
 * Provisioning: the certificate authority, the certificates of devices, consumers and services, and their registry.
 */
export { initCa } from "./authority.ts";
export { caCommand } from "./ca-command.ts";
export { consumerCommand, deviceCommand, serviceCommand } from "./command.ts";
export { ensureDevelopmentPki, type DevelopmentPki, type DevelopmentPkiOptions } from "./development.ts";
export { addConsumer, addDevice, addService } from "./issue.ts";
export { readEstConfig, type EstConfig } from "./est/config.ts";
export { invite } from "./est/invitations.ts";
export { startEst, type EstServer } from "./est/server.ts";
export { inviteCommand } from "./invite-command.ts";
export { ownAddress, ownNames } from "./own-names.ts";
export { passphraseFrom } from "./passphrase.ts";
export { pkiPaths, type BundleFiles } from "./paths.ts";
export { readRegistry, stateOf, type RegisteredCertificate } from "./registry.ts";
export { revoke } from "./revoke.ts";
