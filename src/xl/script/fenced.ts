/**
 * Domains that their leases have ended (lease-script.ts): what each had used by then. Whoever ends one writes that down in dom0
 * first, in a file of /run/lwd/fenced named by the domain's UUID: the time, its line of `xl list -v`, and lwd's record of it. An
 * lwd that still stays with the domain takes it from there; of the others it is the job's epilog, or `lwd reconcile`. What
 * nobody wants to know goes after a month (reconcile.ts).
 */
import type { BatchRecord } from '../../batch/job-name.js';
import type { Host } from '../../host/host.js';
import { orThrow } from '../../sys/exec.js';
import { type DomainRecord, parseRecord } from '../facts/domain-record.js';
import { parseRows } from '../facts/list-rows.js';
import type { Used } from '../facts/usage.js';
import { runsVariable } from './leavings.js';

/** From $runs, the folder. */
export const fencedVariable = `fenced=\${runs%/*}/fenced`;

/** note_fenced FOLDER UUID ID LINE: never in the way of what is done next. No single quotes in here. */
export const noteFenced = `
note_fenced() {
  mkdir -p "$1" && { date +%s; echo "$4"; xenstore-read /local/domain/$3/lwd/domain; } >"$1/$2"
} 2>/dev/null`;

/** show_fenced UUID: as `xl list` would; forget_fenced UUID. */
export const showFenced = `
show_fenced() {
  { read -r at; read -r name number memory vcpus state time rest; } 2>/dev/null <"\${runs%/*}/fenced/$1" || return
  echo "$name $number $memory $vcpus $state $time"
}
forget_fenced() { rm -f "\${runs%/*}/fenced/$1"; }`;

export interface FencedDomain {
  name: string;
  uuid: string;
  /** Seconds since 1970 by dom0's clock. */
  ended: number;
  used: Used;
  record: DomainRecord | undefined;
}

const lookScript = `
${runsVariable}
${fencedVariable}
for file in "$fenced"/*; do
  case $file in *'*') continue ;; esac
  echo "--- \${file##*/}"
  cat "$file"
  echo
done 2>/dev/null
exit 0`;

/** Parameters: UUIDs. */
const forgetScript = `
${runsVariable}
${fencedVariable}
for uuid; do rm -f "$fenced/$uuid"; done`;

/** Of all that nobody has asked for yet those that are meant; `batch` is undefined of what is of no job. */
export async function fencedDomains(
  host: Host,
  isMeant: (batch: BatchRecord | undefined) => boolean,
): Promise<FencedDomain[]> {
  const looked = await host.script(lookScript, [], { timeout: 30_000 });
  const all = parseFenced(orThrow(looked, 'looking for domains that their leases ended', host.name).stdout);
  return all.filter(({ record }) => isMeant(record?.batch));
}

/** Nobody is told of these again. */
export async function forgetFenced(host: Host, domains: readonly FencedDomain[]): Promise<void> {
  if (domains.length === 0) return;
  const uuids = domains.map(({ uuid }) => uuid);
  orThrow(await host.script(forgetScript, uuids, { timeout: 30_000 }), 'forgetting domains', host.name);
}

/** What is not whole is left out. Pure. */
export function parseFenced(text: string): FencedDomain[] {
  return text.split(/^--- .*\n/m).flatMap((part) => {
    const [time = '', line = '', record] = part.split('\n');
    const [row] = parseRows(line);
    if (row === undefined || !/^\d{1,12}$/.test(time)) return [];
    const used = { cpuSeconds: row.time, memory: row.memory, vcpus: row.vcpus };
    return [{ name: row.name, uuid: row.uuid, ended: Number(time), used, record: parseRecord(record) }];
  });
}
