import { request } from "node:https";
import { failed, ok, unknown, type Found } from "./finding.ts";

const MS_MAX = 5_000;
const SKEW_S_MAX = 60;

/** This machine's clock against the platform's. MQTT says no time; the enrolment server says it in each answer. */
export async function checkClock(url: string, ca: Buffer, now: () => Date): Promise<Found> {
  const asked = now().getTime();
  const theirs = await dateOf(url, ca);
  const here = now().toISOString();
  if (theirs === undefined)
    return unknown(
      `this machine says ${here}; MQTT does not tell the time, and no enrolment server answers at ${url} (--est names another)`,
    );
  // The header has whole seconds.
  const skewS = Math.round((asked - theirs) / 1_000);
  if (Math.abs(skewS) <= SKEW_S_MAX)
    return ok(`this machine and the platform agree to ${Math.abs(skewS) + 1} s`);
  const far = skewS > 600 ? "; readings more than ten minutes ahead are rejected" : "";
  return failed(
    `this machine is ${Math.abs(skewS)} s ${skewS > 0 ? "ahead of" : "behind"} the platform (it says ${here}, the platform ${new Date(theirs).toISOString()})${far}`,
    "set the clock (NTP), or leave t away in readings: then the time of arrival counts",
  );
}

function dateOf(url: string, ca: Buffer): Promise<number | undefined> {
  return new Promise((resolve) => {
    if (!URL.canParse(url)) return resolve(undefined);
    // A clock that is wrong may make its certificate seem void; the time is only compared, and nothing is sent.
    const asked = request(
      new URL("/healthz", url),
      { ca, rejectUnauthorized: false, agent: false, timeout: MS_MAX },
      (answer) => {
        answer.resume();
        const time = Date.parse(answer.headers.date ?? "");
        resolve(Number.isNaN(time) ? undefined : time);
      },
    );
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(undefined));
    return asked.end();
  });
}
