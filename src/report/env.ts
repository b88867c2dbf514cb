/** What `lwd env` has to say: lines for a shell to evaluate. */
import { shellWord } from '../sys/shell-word.js';
import type { CrossEnvironment } from '../toolchain/environment.js';
import type { Report } from './output.js';

export function envReport(cross: CrossEnvironment): Report {
  return {
    toJson: () => cross,
    toText: () => {
      const lines = Object.entries(cross.variables).map(([name, value]) => `export ${name}=${shellWord(value)}`);
      return [`export PATH=${shellWord(cross.path)}"\${PATH:+:$PATH}"`, ...lines].join('\n');
    },
  };
}
