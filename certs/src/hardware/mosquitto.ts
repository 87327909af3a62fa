import { SAMPLE_READING, type Hardware } from "./hardware.ts";

/** A script around mosquitto_pub: each call sends one reading. */
export const mosquitto: Hardware = {
  fileName: "publish.sh",
  content: ({ id, host, port }) => `#!/bin/sh
# Sends one reading as device ${id}; it ends with 0 when the platform has it on disk.
#   sh publish.sh '${SAMPLE_READING}'
cd "$(dirname "$0")" || exit 1
reading='${SAMPLE_READING}'
[ $# -eq 0 ] || reading=$1
exec mosquitto_pub -h '${host}' -p ${port} --cafile ca.crt --cert client.crt --key client.key \\
  -i ${id} -q 1 -t sm/v1/${id}/reading -m "$reading"
`,
  use: "Call PATH with a reading as its argument, from cron or your own program.",
  test: "sh PATH",
};
