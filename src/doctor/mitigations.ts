/**
 * What Xen does against attacks by way of the processor, as far as PV domains depend on it: from what it logged when it started,
 * and from its command line. Pure.
 */
export interface Mitigations {
  /** In words, for a line of doctor's. */
  text: string;
  /** Somebody has turned something off. */
  isWeakened: boolean;
}

/** `log`: of `xl dmesg`, undefined if it may not be read. Old lines leave it when it is full. */
export function readMitigations(log: string | undefined, commandLine: string): Mitigations {
  const [, xpti] = /XPTI \(64-bit PV only\): Dom0 \w+, DomU (\w+)/.exec(log ?? '') ?? [];
  const [, l1tf] = /PV L1TF shadowing: Dom0 \w+, DomU (\w+)/.exec(log ?? '') ?? [];
  const off = commandLine.split(/\s+/).filter(turnsOff);
  const told = [
    `page tables apart (XPTI) ${stateOf(xpti, off.length > 0)}`,
    `L1TF shadowing ${stateOf(l1tf, off.length > 0)}`,
    ...(off.length > 0 ? [`turned off on Xen's command line: ${off.join(' ')}`] : []),
  ];
  return { text: `PV domains and the processor: ${told.join('; ')}`, isWeakened: off.length > 0 };
}

/** "xpti=no", "spec-ctrl=no-md-clear", "pv-l1tf=domu=off", "no-xpti"; not "spec-ctrl=md-clear". */
function turnsOff(option: string): boolean {
  const [, name = '', values = ''] = /^(?:no-)?(spec-ctrl|xpti|pv-l1tf|bti)(?:=(.*))?$/.exec(option) ?? [];
  if (name === '') return false;
  if (option.startsWith('no-')) return true;
  return values.split(',').some((value) => /^(?:no(?:-.*)?|(?:.*=)?(?:no|off|false|disable|0))$/.test(value));
}

function stateOf(word: string | undefined, isWeakened: boolean): string {
  if (word === 'enabled') return 'on';
  if (word === undefined) return 'not told (xl dmesg)';
  return isWeakened ? 'off' : 'off, since Xen finds that this processor does without';
}
