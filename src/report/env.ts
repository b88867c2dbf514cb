/** What `lwd env` has to say: lines for a shell to evaluate. */
import type { CrossEnvironment } from '../toolchain/environment.js';
import type { Report } from './output.js';

export function envReport(cross: CrossEnvironment): Report {
  return {
    toJson: () => ({ version: 1, ...cross }),
    toText: () => {
      const lines = Object.entries(cross.variables).map(([name, value]) => `export ${name}=${shellQuoted(value)}`);
      return [`export PATH=${shellQuoted(cross.path)}"\${PATH:+:$PATH}"`, ...lines].join('\n');
    },
  };
}

function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
