import { checkClock } from "./clock.ts";
import type { Finding, Found } from "./finding.ts";
import {
  checkConnect,
  checkMirror,
  checkReading,
  checkRights,
  subscribeMirror,
  type Line,
} from "./mqtt-checks.ts";
import { checkDns, checkTcp } from "./network.ts";
import { checkOwnCertificate, identityOf, readOwnFiles, type OwnFiles } from "./own-certificate.ts";
import { checkServerCertificate } from "./server-certificate.ts";

export interface DoctorOptions {
  /** `mqtts://host:8883`. */
  readonly url: string;
  /** Folder with ca.crt, client.crt and client.key of the device, or of a consumer. */
  readonly certDir: string;
  /** The same of a consumer, who can see what a device cannot. */
  readonly tapDir?: string | undefined;
  /** Where the time is asked for: `https://host:8085`. */
  readonly estUrl: string;
  /** Where the device publishes, if that is in doubt. */
  readonly topic?: string | undefined;
  readonly now?: () => Date;
}

/** Looks at everything between a device and the platform, in order; each finding is told when it is found. */
export async function examine(options: DoctorOptions, tell: (finding: Finding) => void): Promise<boolean> {
  const { url, certDir, estUrl, now = () => new Date() } = options;
  const { hostname, port: portText } = new URL(url);
  const [host, port] = [hostname.replaceAll(/[[\]]/g, ""), Number(portText || 8883)];
  let healthy = true;
  /** Does a step if those that it needs went well; whether it did. */
  async function step(
    name: string,
    needs: readonly boolean[],
    check: () => Promise<Found>,
  ): Promise<boolean> {
    if (!needs.every(Boolean)) {
      tell({ step: name, status: "skipped", text: "needs what failed above" });
      return false;
    }
    const found = await check();
    tell({ step: name, ...found });
    if (found.status === "failed") healthy = false;
    return found.status !== "failed";
  }
  const files = await readOwnFiles(certDir);
  const { ca = Buffer.alloc(0) } = files;
  const dns = await step("DNS", [], () => checkDns(host));
  const tcp = await step("TCP", [dns], () => checkTcp(host, port));
  const own = checkOwnCertificate(files, now());
  const identity = own.status === "ok" ? pairOf(files) : undefined;
  const tls = await step("TLS", [tcp, files.ca !== undefined], () =>
    checkServerCertificate({ host, port, ca, identity, now: now() }),
  );
  const certificate = await step("certificate", [], async () => own);
  await step("clock", [files.ca !== undefined], () => checkClock(estUrl, ca, now));
  let line: Line | undefined;
  const connected = await step("CONNECT", [tls, certificate], async () => {
    const { found, line: opened } = await checkConnect({ url, ca, ...pairOf(files)! });
    line = opened;
    return found;
  });
  try {
    await examineLine({ options, connected, line: () => line!, files }, step);
  } finally {
    await line?.end();
  }
  return healthy;
}

type Step = (name: string, needs: readonly boolean[], check: () => Promise<Found>) => Promise<boolean>;

/** The steps behind CONNECT. */
async function examineLine(
  {
    options,
    connected,
    line,
    files,
  }: { options: DoctorOptions; connected: boolean; line: () => Line; files: OwnFiles },
  step: Step,
): Promise<void> {
  const { url, tapDir, topic } = options;
  const who = identityOf(files.cert);
  const rights = await step("rights", [connected], () => checkRights(line(), who!, topic));
  const tap = tapDir === undefined || !connected ? undefined : await openTap(url, tapDir);
  try {
    const reading = await step("reading", [connected, rights], () => checkReading(line(), who!));
    await step("mirror", [connected, rights, reading], async () => {
      if (who?.role === "consumer") return checkMirror(line(), undefined);
      if (tapDir === undefined)
        return {
          status: "unknown",
          text: "a device may not read live/v1/…: give a consumer's certificate with --tap-dir to look",
        };
      return tap?.line ? checkMirror(tap.line, who?.id) : tap!.found;
    });
  } finally {
    await tap?.line?.end();
  }
}

async function openTap(url: string, directory: string): Promise<{ found: Found; line?: Line }> {
  const files = await readOwnFiles(directory);
  const pair = pairOf(files);
  if (!pair || !files.ca)
    return {
      found: { status: "failed", text: files.faults.join("; "), mend: "name a folder of smp consumer add" },
    };
  const opened = await checkConnect({ url, ca: files.ca, ...pair });
  if (opened.line) await subscribeMirror(opened.line);
  return opened;
}

const pairOf = ({ cert, key }: OwnFiles): { cert: Buffer; key: Buffer } | undefined =>
  cert && key ? { cert, key } : undefined;
