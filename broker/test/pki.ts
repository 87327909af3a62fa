import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Credentials {
  certFile: string;
  keyFile: string;
  cert: Buffer;
  key: Buffer;
  serial: string;
}

export interface LeafOptions {
  /** Subject alternative name, e.g. `URI:urn:smp:device:m7`. */
  san: string;
  commonName: string;
  usage?: "clientAuth" | "serverAuth" | "none";
  days?: number;
  /** Who signs in the authority's place; "itself": nobody else does. */
  issuer?: Pick<Credentials, "certFile" | "keyFile"> | "itself";
  /** Makes a certificate that may sign others. */
  isAuthority?: boolean;
}

/** A certificate authority made with openssl in a temporary folder: another hand than the platform's own. */
export class TestAuthority {
  readonly folder: string = mkdtempSync(join(tmpdir(), "smp-pki-"));
  readonly caFile: string = join(this.folder, "ca.crt");
  #count = 0;

  constructor(name = "Test CA") {
    openssl(
      ["req", "-x509", ...NEW_KEY, "-keyout", join(this.folder, "ca.key"), "-out", this.caFile],
      ["-subj", `/CN=${name}`, "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0"],
    );
  }

  get ca(): Buffer {
    return readFileSync(this.caFile);
  }

  leaf({
    san,
    commonName,
    usage = "clientAuth",
    days = 1,
    issuer,
    isAuthority = false,
  }: LeafOptions): Credentials {
    const number = ++this.#count;
    const certFile = join(this.folder, `${number}.crt`);
    const keyFile = join(this.folder, `${number}.key`);
    const serial = (0x4000_0000_0000 + Math.floor(Math.random() * 0x3fff_ffff_ffff))
      .toString(16)
      .toUpperCase();
    const by = issuer ?? { certFile: this.caFile, keyFile: join(this.folder, "ca.key") };
    openssl(
      ["req", "-x509", ...NEW_KEY, "-set_serial", `0x${serial}`],
      by === "itself" ? [] : ["-CA", by.certFile, "-CAkey", by.keyFile],
      ["-keyout", keyFile, "-out", certFile, "-subj", `/CN=${commonName}`, "-days", String(days)],
      [
        "-addext",
        `basicConstraints=critical,CA:${isAuthority ? "TRUE" : "FALSE"}`,
        "-addext",
        `subjectAltName=${san}`,
      ],
      usage === "none" ? [] : ["-addext", `extendedKeyUsage=${usage}`],
    );
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile), serial };
  }

  /** A certificate with one URI name, taken as it stands: commas, line feeds, zero bytes and all. */
  oddName(uri: string, commonName: string): Credentials {
    const config = join(this.folder, "odd.cnf");
    const [certFile, keyFile] = [join(this.folder, "odd.crt"), join(this.folder, "odd.key")];
    const sections = [
      "[req]",
      "distinguished_name=dn",
      "[dn]",
      "[odd]",
      // RFC 5280, 4.2.1.6: SEQUENCE OF GeneralName, uniformResourceIdentifier [6] IA5String.
      `subjectAltName=DER:${Buffer.concat([Buffer.from([0x30, uri.length + 2, 0x86, uri.length]), Buffer.from(uri)]).toString("hex")}`,
      "extendedKeyUsage=clientAuth",
    ];
    writeFileSync(config, `${sections.join("\n")}\n`);
    openssl(
      [
        "req",
        "-x509",
        ...NEW_KEY,
        "-CA",
        this.caFile,
        "-CAkey",
        join(this.folder, "ca.key"),
        "-set_serial",
        "77",
      ],
      [
        "-keyout",
        keyFile,
        "-out",
        certFile,
        "-subj",
        `/CN=${commonName}`,
        "-config",
        config,
        "-extensions",
        "odd",
      ],
    );
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile), serial: "4D" };
  }

  /** A certificate of the time between two dates such as 20200101. */
  dated(id: string, from: string, to: string): Credentials {
    const { folder } = this;
    const [request, keyFile, certFile, config] = ["expired.csr", "expired.key", "expired.crt", "ca.cnf"].map(
      (name) => join(folder, name),
    ) as [string, string, string, string];
    writeFileSync(
      config,
      `[ca]\ndefault_ca=own\n[own]\nnew_certs_dir=${folder}\ndatabase=${folder}/db\nserial=${folder}/serial\ndefault_md=sha256\npolicy=any\nx509_extensions=leaf\n[any]\ncommonName=supplied\n[leaf]\nsubjectAltName=URI:urn:smp:device:${id}\nextendedKeyUsage=clientAuth\n`,
    );
    writeFileSync(join(folder, "db"), "");
    writeFileSync(join(folder, "serial"), "4E0F\n");
    openssl(["req", "-new", ...NEW_KEY, "-keyout", keyFile, "-out", request, "-subj", `/CN=${id}`]);
    openssl(
      ["ca", "-batch", "-notext", "-config", config, "-in", request, "-out", certFile],
      [
        "-cert",
        this.caFile,
        "-keyfile",
        join(folder, "ca.key"),
        "-startdate",
        `${from}000000Z`,
        "-enddate",
        `${to}000000Z`,
      ],
    );
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile), serial: "4E0F" };
  }

  device(id: string): Credentials {
    return this.leaf({ san: `URI:urn:smp:device:${id}`, commonName: id });
  }

  consumer(id: string): Credentials {
    return this.leaf({ san: `URI:urn:smp:consumer:${id}`, commonName: id });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function openssl(...parts: string[][]): void {
  execFileSync("openssl", parts.flat(), { stdio: ["ignore", "ignore", "pipe"] });
}
