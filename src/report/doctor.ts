/** How `lwd doctor` shows what it found. */
import { type Finding, installCommand, missingPackages } from '../doctor/checks.js';
import { printableLine } from '../sys/printable.js';
import type { Report } from './output.js';

const marks = { ok: 'ok      ', note: 'note    ', missing: 'MISSING ' } as const;

export function doctorReport(found: readonly Finding[], root: boolean): Report {
  const missing = found.filter(({ state }) => state === 'missing');
  const packages = missingPackages(found);
  const install = packages.length === 0 ? undefined : installCommand(packages, root);
  return {
    toJson: () => ({ healthy: missing.length === 0, install: install ?? null, findings: found }),
    toText: () => {
      const lines = found.flatMap((finding) => [
        `${marks[finding.state]}${printableLine(finding.text)}`,
        ...finding.mend.map((command) => `          mend: ${command}`),
      ]);
      lines.push('');
      if (missing.length === 0) lines.push('nothing is missing');
      else lines.push(`${missing.length} missing`);
      if (install !== undefined) lines.push(`all packages at once: ${install}`, 'or: lwd doctor --fix');
      return lines.join('\n');
    },
  };
}
