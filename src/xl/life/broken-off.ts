/**
 * What is told of a domain whose script (run-script.ts) did not come to its end: the connection was lost, somebody ended it, or
 * dom0 cannot end anything any more.
 */
import { HostError } from '../../errors.js';

interface Broken {
  name: string;
  /** Seconds. */
  lease: number | undefined;
}

/**
 * Nobody knows how far it came; but how to find out. `id`: 0 if the domain was not known to be there yet; `signal`: what ended the
 * script.
 */
export function brokenOff(host: string, request: Broken, id: number, signal: string | undefined): HostError {
  const { name } = request;
  const there = `--host ${host}`;
  const found =
    id === 0
      ? [`see whether it was made: lwd ps ${there}`, `if it was, end it: lwd down ${name} ${there}; if not, begin anew`]
      : [
          `see whether it still runs: lwd ps ${there}`,
          `wait for its end: lwd wait ${name} ${there}; or end it: lwd down ${name} ${there}`,
        ];
  const what = id === 0 ? `while domain ${name} was being made` : `while domain ${name} (${id}) was there`;
  return new HostError(`${host}: the connection broke off ${what}`, {
    exit: 'outcomeUnknown',
    next: [
      ...found,
      ...fencedSoon(request),
      ...(signal === undefined ? [] : [`(the script in dom0 was ended by ${signal})`]),
    ],
  });
}

/** What becomes of a domain that nobody watches over any more. */
function fencedSoon({ lease }: Broken): string[] {
  return lease === undefined ? [] : [`its host ends it within ${lease} s: nobody renews its lease any more`];
}

/** Of a domain in a dom0 that has such a trouble with its xenstored. */
export function leftAlone(trouble: HostError, { name, logFile }: Broken & { logFile: string }, id: number): HostError {
  return new HostError(`${trouble.message}; domain ${name} (${id}) runs on, and nobody can tell how it ends`, {
    exit: 'outcomeUnknown',
    cause: trouble,
    next: [...trouble.next, `what it writes from now on is in its dom0: ${logFile}`],
  });
}
