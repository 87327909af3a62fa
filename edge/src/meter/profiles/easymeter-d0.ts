/**
 * EasyMeter Q3D and its kin push IEC 62056-21 mode D, which has the form of DSMR. The power that they state as import is
 * negative when it flows out, so that it is the sum of both; older ones leave group E of all powers open.
 */
export const easymeterD0: {
  identificationBegin: string;
  openGroup: string;
  group: string;
  /** The sum of both directions, by the import as which it is stated. */
  sums: ReadonlyMap<string, string>;
} = {
  identificationBegin: "ESY5Q",
  openGroup: ".7.255",
  group: ".7.0",
  sums: new Map([
    ["1-0:1.7.0", "1-0:16.7.0"],
    ["1-0:21.7.0", "1-0:36.7.0"],
    ["1-0:41.7.0", "1-0:56.7.0"],
    ["1-0:61.7.0", "1-0:76.7.0"],
  ]),
};
