/** What a ready file is made of. */
export interface DeviceFacts {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Absolute path of the folder that the file is written to. */
  readonly folder: string;
  /** PEM texts; the key is a hint where it stays on the device. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** One kind of hardware or program, and the file that it takes as it is. */
export interface Hardware {
  readonly fileName: string;
  readonly content: (facts: DeviceFacts) => string;
  /** What to do with the file, as a sentence; PATH stands for it. */
  readonly use: string;
  /** The input extension that reads what it publishes, where that is not a reading. */
  readonly input?: string;
  /** It is a computer of its own, and never finds the broker at localhost. */
  readonly elsewhere?: true;
  /** The command that tests it, where that is not the same for all; PATH stands for the file. */
  readonly test?: string;
}

/** The least that counts as a reading: power now, 413 W. */
export const SAMPLE_READING = '{"v":1,"r":{"1-0:16.7.0":413}}';
