import type { Hardware } from "./hardware.ts";

/** A script that gives a Shelly of the second generation or later its certificate and broker, by its RPC over HTTP. */
export const shelly: Hardware = {
  fileName: "shelly.sh",
  elsewhere: true,
  content: ({ id, host, port, ca, cert, key }) => `#!/bin/sh
# Sets up a Shelly (Gen2 or later) as device ${id}: sh shelly.sh 192.168.1.40
# Secret: it holds the private key. Do it in a network that you trust: the Shelly takes it over HTTP.
set -eu
: "\${1:?Give the address of the Shelly, such as 192.168.1.40}"
shelly=$1
call() {
  answer=$(curl --silent --show-error --fail --max-time 20 -H 'Content-Type: application/json' \\
    -d "{\\"id\\":1,\\"method\\":\\"$1\\",\\"params\\":$2}" "http://$shelly/rpc") || exit 1
  echo "$1: $answer"
  case $answer in *'"error"'*) echo "The Shelly has refused $1; nothing behind it was done." >&2; exit 1 ;; esac
}
call Shelly.PutUserCA ${pemOf(ca)}
call Shelly.PutTLSClientCert ${pemOf(cert)}
call Shelly.PutTLSClientKey ${pemOf(key)}
call Mqtt.SetConfig ${word({
    config: {
      enable: true,
      server: `${host}:${port}`,
      client_id: id,
      topic_prefix: `sm/v1/${id}/raw`,
      ssl_ca: "user_ca.pem",
      use_client_cert: true,
      rpc_ntf: false,
      status_ntf: true,
      enable_rpc: false,
      enable_control: false,
    },
  })}
call Shelly.Reboot '{}'
`,
  use: "Run sh PATH ADDRESS-OF-THE-SHELLY.",
  input: "shelly-em",
};

/** JSON as one word of a shell. */
const word = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", String.raw`'\''`)}'`;

const pemOf = (data: string): string => word({ data, append: false });
