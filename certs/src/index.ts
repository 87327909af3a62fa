/**
 * Provisioning: the certificate authority, the certificates of devices, consumers and services, and their registry.
 */
export { initCa } from "./authority/authority.ts";
export { caCommand } from "./commands/ca.ts";
export { consumerCommand, deviceCommand, serviceCommand } from "./commands/roles.ts";
export { ensureDevelopmentPki, type DevelopmentPki, type DevelopmentPkiOptions } from "./development.ts";
export { addConsumer, addDevice, addService } from "./leaf/issue.ts";
export { readEstConfig, type EstConfig } from "./est/config.ts";
export { invite } from "./est/invitations.ts";
export { startEst, type EstServer } from "./est/server.ts";
export { inviteCommand } from "./commands/invite.ts";
export { ownAddress, ownNames } from "./leaf/own-names.ts";
export { passphraseFrom } from "./commands/passphrase.ts";
export { pkiPaths, type BundleFiles } from "./folder/paths.ts";
export { readRegistry, stateOf } from "./folder/registry.ts";
export { revoke } from "./leaf/revoke.ts";
