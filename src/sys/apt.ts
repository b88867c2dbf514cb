/**
 * The Debian mirror that this machine's apt is set up with.
 */
import { exec } from './exec.js';

/**
 * Address of the mirror of Debian's main archive: `LWD_DEBIAN_MIRROR` if that is set, else apt's own; undefined if apt
 * knows none, or is none. All suites are on the same mirror.
 */
export async function debianMirror(): Promise<string | undefined> {
  if (process.env.LWD_DEBIAN_MIRROR) return process.env.LWD_DEBIAN_MIRROR;
  const format = ['SITE', 'COMPONENT', 'ORIGIN', 'LABEL'].map((name) => `$(${name})`).join('\t');
  const command = ['apt-get', 'indextargets', '--format', format, 'Identifier: Packages'] as const;
  return mirrorFromTargets((await exec(command, { timeout: 20_000 })).stdout);
}

/**
 * The main archive among apt's sources: its label is Debian (that of security is Debian-Security). Before the first
 * `apt-get update` nothing has a label; then the address has to tell.
 */
export function mirrorFromTargets(text: string): string | undefined {
  const targets = text.split('\n').map((line) => line.split('\t'));
  const main = targets.filter(([site, component]) => site && component === 'main');
  const labelled = main.find(([, , origin, label]) => origin === 'Debian' && label === 'Debian');
  const likely = main.find(([site, , , label]) => !label && /\/debian\/?$/.test(site ?? ''));
  return (labelled ?? likely)?.[0]?.replace(/\/$/, '');
}
