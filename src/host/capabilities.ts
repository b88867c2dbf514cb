/**
 * What a host can do, from one look at its dom0. The text of `xl info` is read defensively: keys come and go between
 * Xen's releases.
 */
import { HostError } from '../errors.js';
import type { ExecResult } from '../sys/exec.js';
import type { HostCapabilities } from './host.js';

/**
 * Prints `xl info`, then how xenconsoled was started (its arguments, one a line), then the processor's name. One round trip.
 */
export const probeScript = `
xl info || exit
echo '--- xenconsoled'
for comm in /proc/[0-9]*/comm; do
  read -r name 2>/dev/null <"$comm" || continue
  [ "$name" = xenconsoled ] && tr '\\0' '\\n' <"\${comm%comm}cmdline" && break
done
echo '--- processor'
while IFS=: read -r key value; do
  case "$key" in model\\ name*) echo "$value"; break ;; esac
done </proc/cpuinfo`;

/** The capabilities, from the probe's result. Throws HostError when xl cannot work there. */
export function capabilitiesFromProbe(result: ExecResult, hostName: string): HostCapabilities {
  if (result.exitCode !== 0) throw noXl(result, hostName);
  const [info = '', rest = ''] = result.stdout.split('--- xenconsoled\n');
  const [consoled = '', processor = ''] = rest.split('--- processor\n');
  const keys = parseXlInfo(info);
  const able = (keys.get('virt_caps') ?? '').split(' ');
  const hasHvm = able.includes('hvm') && able.includes('hap');
  // Before 4.13 virt_caps did not name pv; xen_caps always tells.
  const hasPv = /\bxen-3\.0-x86_64\b/.test(keys.get('xen_caps') ?? '');
  return {
    xenVersion: keys.get('xen_version') ?? 'unknown',
    types: [...(hasPv ? (['pv'] as const) : []), ...(hasHvm ? (['pvh'] as const) : [])],
    fastPvh: hasHvm && !processor.includes('TCG'),
    consoleLogs: consoleLogDirectory(consoled.split('\n').filter(Boolean)),
  };
}

/** "key   : value" lines. */
export function parseXlInfo(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) found.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return found;
}

/** Where xenconsoled, started with these arguments, writes the guests' logs; undefined if it writes none. */
export function consoleLogDirectory(args: readonly string[]): string | undefined {
  const value = (name: string): string | undefined => {
    const joined = args.find((arg) => arg.startsWith(`${name}=`));
    if (joined !== undefined) return joined.slice(name.length + 1);
    const at = args.indexOf(name);
    return at >= 0 ? args[at + 1] : undefined;
  };
  const level = value('--log');
  if (level !== 'all' && level !== 'guest') return undefined;
  return value('--log-dir') ?? '/var/log/xen/console';
}

/** What has xenconsoled write guests' logs: one step a line. */
export const keepConsoleLogs = [
  'in that dom0, in /etc/default/xen: XENCONSOLED_ARGS="--log=guest" (where systemd starts it: in xencommons beside, XENCONSOLED_TRACE=guest)',
  'then restart xenconsoled: service xen restart (or: systemctl restart xenconsoled), or reboot',
];

/** Throws HostError if a program that begins with xl says that there is none, or none that works for us. */
export function checkXl(result: ExecResult, hostName: string): void {
  if (result.exitCode === 127 || /cannot init xl context|^xl: .*[Pp]ermission denied/m.test(result.stderr)) {
    throw noXl(result, hostName);
  }
}

function noXl(result: ExecResult, hostName: string): HostError {
  const said = result.stderr.trim().split('\n').slice(-3).join('; ');
  if (result.exitCode === 127) {
    return new HostError(`there is no xl on ${hostName}`, { next: ['install xen-utils in that dom0'] });
  }
  const next = ['xl needs root and a running Xen: try `xl info` there', 'without root: lwd broker (docs/broker.md)'];
  return new HostError(`xl does not work on ${hostName}: ${said}`, { exit: 'noPermission', next });
}
