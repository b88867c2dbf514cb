/**
 * A DomainSpec as xl.cfg text. Pure, and the only place where such text is made.
 *
 * xl takes unknown keys and wrong values without a word, knows escapes that lose characters, and runs what a `script=`
 * within a device's string names. So: double quotes only, four escapes, no control characters, decimals only, and every
 * value was checked before it comes here (spec.ts).
 */
import { diskDeviceText } from './disk.js';
import { networkDeviceText } from './network.js';
import type { DomainSpec } from './spec.js';

/** Who acts when the domain ends: xl as the file says, or lwd, which reads the outcome first and then destroys. */
export type EndedBy = 'xl' | 'lwd';

export function renderConfig(spec: DomainSpec, endedBy: EndedBy): string {
  const ending = (action: string) => text(endedBy === 'lwd' ? 'preserve' : action);
  const lines: [string, string | undefined][] = [
    ['name', text(spec.name)],
    ['uuid', spec.uuid === undefined ? undefined : text(spec.uuid)],
    ['type', text(spec.type)],
    ['kernel', text(spec.kernel)],
    ['ramdisk', spec.ramdisk === undefined ? undefined : text(spec.ramdisk)],
    ['cmdline', text(spec.commandLine)],
    ['memory', decimal(spec.memory)],
    ['maxmem', decimal(spec.maxmem)],
    ['vcpus', decimal(spec.vcpus)],
    ['cpus', spec.cpus === undefined ? undefined : text(spec.cpus)],
    ['pool', spec.pool === undefined ? undefined : text(spec.pool)],
    ['disk', spec.disks.length === 0 ? undefined : list(spec.disks.map(diskDeviceText))],
    ['vif', spec.network.length === 0 ? undefined : list(spec.network.map(networkDeviceText))],
    ['max_event_channels', limit(spec.limits?.eventChannels)],
    ['max_grant_frames', limit(spec.limits?.grantFrames)],
    ['max_maptrack_frames', limit(spec.limits?.maptrackFrames)],
    ['tsc_mode', spec.nativeTsc ? text('native') : undefined],
    ['on_poweroff', ending('destroy')],
    ['on_reboot', ending('destroy')],
    ['on_watchdog', ending('destroy')],
    ['on_crash', ending(spec.onCrash)],
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** A string in xl's syntax. Throws for what xl cannot carry: callers have refused it with a better message. */
function text(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(value))
    throw new Error(`a control character in ${JSON.stringify(value)}`);
  if (/\p{Surrogate}/u.test(value)) throw new Error(`half a surrogate pair in ${JSON.stringify(value)}`);
  const escapes: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\t': '\\t' };
  return `"${value.replaceAll(/[\\"\n\t]/g, (character) => escapes[character] ?? character)}"`;
}

function list(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`;
}

function limit(value: number | undefined): string | undefined {
  return value === undefined ? undefined : decimal(value);
}

function decimal(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${value} is no number for xl`);
  return String(value);
}
