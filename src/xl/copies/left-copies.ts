/**
 * Copies in dom0 (copies.ts) by their records: of domains that still run, and of those whose lwd was killed or lost its host
 * before it could bring back what they wrote.
 */
import type { Host } from '../../host/host.js';
import { orThrow } from '../../sys/exec.js';
import { type DomainState, listDomains } from '../observed/status.js';
import { copiesDirectory } from '../script/transfer.js';

export interface CopiesRecord {
  domain: string;
  /** The machine that they are of. */
  from: string;
  /** Seconds since 1970. */
  since: number;
  copies: { copy: string; source: string; target: string }[];
}

export interface LeftCopies extends CopiesRecord {
  uuid: string;
  /** Of the domain: nothing is torn once it has ended. */
  state: DomainState | 'gone';
  /** KiB in dom0. */
  size: number;
}

/** One line. */
export function recordCopies(record: CopiesRecord): string {
  return JSON.stringify({ version: 1, ...record });
}

/** undefined if the text is no record of a version that this lwd knows. */
function parseCopies(text: string): CopiesRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { version, domain, from, since, copies } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof domain !== 'string' || typeof from !== 'string' || !Array.isArray(copies)) {
    return undefined;
  }
  return { domain, from, since: Number(since), copies };
}

/** For each of them a line: UUID, KiB, record. */
const listScript = `
cd ${copiesDirectory} 2>/dev/null || exit 0
for about in */about; do
  [ -e "$about" ] || continue
  size=$(du -sk "\${about%/*}") && read -r line <"$about" || exit
  printf '%s %s %s\\n' "\${about%/*}" "\${size%%[!0-9]*}" "$line"
done`;

/** All that somebody may still want, the oldest first. */
export async function listCopies(host: Host): Promise<LeftCopies[]> {
  const states = new Map((await listDomains(host)).map(({ uuid, state }) => [uuid, state]));
  const listing = orThrow(await host.script(listScript, [], { timeout: 60_000 }), 'listing copies', host.name).stdout;
  const found: LeftCopies[] = [];
  for (const [, uuid = '', size, text = ''] of listing.matchAll(/^(\S+) (\d+) (.*)$/gm)) {
    const record = parseCopies(text);
    if (record !== undefined) found.push({ uuid, size: Number(size), state: states.get(uuid) ?? 'gone', ...record });
  }
  return found.sort((a, b) => a.since - b.since);
}
