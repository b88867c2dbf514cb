/** Results of `lwd batch`. */
import { shellLine } from '../sys/shell-word.js';
import type { Report } from './output.js';

export interface Submitted {
  /** The job's number, as the batch system printed it. */
  job: string;
  /** 0, or the job's where it was waited for. */
  status: number;
}

/** The number alone, for scripts. */
export function submittedReport(submitted: Submitted): Report {
  return { toJson: () => ({ ...submitted }), toText: () => submitted.job };
}

export function scriptReport(script: string, command: readonly string[]): Report {
  return {
    toJson: () => ({ script, command }),
    toText: () => `# ${shellLine(command)} < this script\n${script.trimEnd()}`,
  };
}
