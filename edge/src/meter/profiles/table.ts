import type { MeterProfile } from "../profile.ts";
import { kaifaFlat } from "./kaifa-flat.ts";
import { kaifaNested } from "./kaifa-nested.ts";

/** Every meter with a profile, most particular first: the first that recognises a list reads it. */
export const PROFILES: readonly MeterProfile[] = [kaifaFlat, kaifaNested];
