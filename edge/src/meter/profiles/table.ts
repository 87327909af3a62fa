import type { MeterProfile } from "../profile.ts";
import { idisCii } from "./idis-cii.ts";
import { iskraSlovenia } from "./iskra-slovenia.ts";
import { kaerntenP1 } from "./kaernten-p1.ts";
import { kaifaFlat } from "./kaifa-flat.ts";
import { kaifaNested } from "./kaifa-nested.ts";
import { kaifaNordic, kaifaNordicTagged } from "./kaifa-nordic.ts";
import { kamstrup, kamstrupWh } from "./kamstrup.ts";
import { landisGyrBurgenland } from "./landis-gyr-burgenland.ts";
import { landisGyrSlovenia } from "./landis-gyr-slovenia.ts";
import { landisGyrE450, landisGyrE450Push, landisGyrE570 } from "./landis-gyr.ts";
import { vse2026 } from "./vse-2026.ts";

/** Every meter with a profile, most particular first: the first that recognises a list reads it. */
export const PROFILES: readonly MeterProfile[] = [
  kamstrup,
  kamstrupWh,
  kaifaNordicTagged,
  landisGyrE570,
  landisGyrE450Push,
  vse2026,
  landisGyrE450,
  kaifaFlat,
  kaifaNested,
  landisGyrBurgenland,
  idisCii,
  kaerntenP1,
  kaifaNordic,
  iskraSlovenia,
  landisGyrSlovenia,
];
