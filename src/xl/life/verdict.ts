/** How a domain that has ended is judged, by all that there is to be known of it while it is still there. */
import type { Host } from '../../host/host.js';
import { type CrashReport, parseConsoleReport, signalOf } from '../facts/crash-report.js';
import { endReason, judgeEnd, type Outcome } from '../facts/outcome.js';
import { awaitEnd } from '../observed/status.js';
import type { ConsoleTail } from '../stream/console-tail.js';
import type { EndedDomain } from './launch.js';
import { examineSilentDeath } from './post-mortem.js';

/** The outcome, and the crash's report: the guest's own, else what a look into the dead domain gives. */
export async function judge(
  host: Host,
  domain: EndedDomain,
  tail: ConsoleTail,
  foreign: boolean,
): Promise<{ outcome: Outcome; crash: CrashReport | undefined }> {
  let { reason, nodes } = domain;
  if (reason === 'lost') ({ reason, nodes } = await awaitEnd(host, domain.id));
  const words = { exit: nodes.get('exit'), crash: nodes.get('crash') };
  const outcome = judgeEnd(reason === 'gone' || reason === 'fenced' ? 'gone' : endReason(reason), words, foreign);
  if (outcome.kind !== 'crashed' || foreign) return { outcome, crash: undefined };
  const report = parseConsoleReport(tail.text());
  if (report !== undefined) {
    const signal = words.crash === undefined ? signalOf(report.what) : outcome.signal;
    return { outcome: { ...outcome, signal, what: report.what, reported: true }, crash: report };
  }
  if (outcome.reported) return { outcome, crash: undefined };
  const crash = await examineSilentDeath(domain);
  return { outcome: { ...outcome, what: crash.what }, crash };
}
