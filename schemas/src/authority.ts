/** The common name of the authority that issues devices' certificates, and no others. */
export const DEVICE_AUTHORITY = "Smart Meter Platform Device CA";
