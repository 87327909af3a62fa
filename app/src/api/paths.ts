/** Addresses of the API for one meter, and one group. */
export const meterPath = (id: string): string => `v1/meters/${encodeURIComponent(id)}`;
export const groupPath = (id: string): string => `v1/groups/${encodeURIComponent(id)}`;
