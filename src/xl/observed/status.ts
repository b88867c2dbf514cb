/**
 * What is: lwd's domains on a host, read from Xen and xenstore each time. Wanted and observed are different types; this
 * is the observed one. Two kinds of look: at all domains now (one round trip), and at some until they have ended.
 */
import { UserError } from '../../errors.js';
import { checkXl } from '../../host/capabilities.js';
import type { Host } from '../../host/host.js';
import { type ExecResult, orThrow } from '../../sys/exec.js';
import { type DomainRecord, isShellName, parseOffset, parseRecord, uuidPrefix } from '../facts/domain-record.js';
import { parseRows, type Row } from '../facts/list-rows.js';
import { type EndReason, endReason, judgeEnd, type Outcome } from '../facts/outcome.js';
import { decodeValue, parseStoreListing } from '../facts/store-text.js';
import { awaitScript, statusScript } from '../script/status-script.js';
import { reconcile } from './reconcile.js';
import { shellLog } from './shell.js';

/** "shell": it waits for somebody to say what it is to run (shell.ts). */
export type DomainState = 'running' | 'paused' | 'ended' | 'dying' | 'shell';

export interface DomainStatus {
  name: string;
  id: number;
  uuid: string;
  state: DomainState;
  /** Set if the state is "ended". */
  outcome: Outcome | undefined;
  /** Switched on. */
  vcpus: number;
  /** Of every vCPU, on or off. Empty unless the look was for places too. */
  places: Placement[];
  /** MiB */
  memory: number;
  /** Seconds of CPU time that it has used. */
  cpuTime: number;
  /** undefined for a domain whose creation was broken off before lwd could write it, or a shell that is not ready yet. */
  record: DomainRecord | undefined;
  /** Where its part of the console's log begins, bytes. */
  logOffset: number;
}

/** Where a vCPU is and may be, as xl says it. */
export interface Placement {
  vcpu: number;
  /** The pCPU that it is on, undefined if it is on none. */
  cpu: number | undefined;
  hard: string;
  soft: string;
}

const callTimeout = 60_000;

export interface Look {
  /** Also where the vCPUs are, and may be: xl takes about as long for that as for all the rest. */
  places?: boolean;
}

/**
 * lwd's domains, by id. Where an lwd or its script died in the middle, order is made first; to see whether that is so costs
 * nothing. Throws HostError if there is no xl that works for us, ToolError if xl fails otherwise.
 */
export async function listDomains(host: Host, { places = false }: Look = {}): Promise<DomainStatus[]> {
  const look = async () => {
    const args = [uuidPrefix, ...(places ? ['places'] : [])];
    const result = await host.script(statusScript, args, { timeout: callTimeout });
    checkXl(result, host.name);
    return orThrow(result, 'listing the domains', host.name).stdout;
  };
  const text = await look();
  const domains = parseStatus(text);
  if (!isInOrder(text, domains)) {
    await reconcile(host, patience);
    return parseStatus(await look());
  }
  return domains;
}

/** Minutes; see reconcile.ts. */
const patience = 60;

type Whole = Pick<DomainStatus, 'uuid' | 'record'> & Partial<Pick<DomainStatus, 'state'>>;

/** Whether everything that nobody is at work on is a whole domain's, and every lease is kept. Exported for its tests. */
export function isInOrder(text: string, domains: readonly Whole[]): boolean {
  // A shell that nobody keeps any more is not; and of one that is dying, nothing more can be made.
  const isWhole = ({ record, state }: Whole) => state === 'dying' || (record !== undefined && state !== 'shell');
  const kept = domains.filter(isWhole);
  const whole = new Set(kept.map(({ uuid }) => uuid));
  if (/^expired /m.test(text)) return false;
  return [...text.matchAll(/^left (\S+)$/gm)].every(([, uuid = '']) => whole.has(uuid));
}

/** The domain of this name, number or UUID among them. Throws UserError (no such domain). */
export function findDomain(domains: readonly DomainStatus[], wanted: string, host: Pick<Host, 'name'>): DomainStatus {
  const found = domains.find(({ name, id, uuid }) => name === wanted || String(id) === wanted || uuid === wanted);
  if (found !== undefined) return found;
  const names = domains.map(({ name }) => name).join(', ');
  throw new UserError(`there is no domain ${JSON.stringify(wanted)} of lwd's on ${host.name}`, {
    exit: 'noSuchDomain',
    next: [names === '' ? 'there is none at all' : `there are: ${names}`],
  });
}

export interface Ended {
  /** As Xen numbers them; "gone": the domain does not exist any more. */
  reason: number | 'gone';
  /** The guest's nodes below data/lwd. */
  nodes: Map<string, string>;
}

/** Waits until all of these domains have ended or are gone. Nothing polls: xenstore tells. */
export async function awaitEnds(host: Host, ids: readonly number[], signal?: AbortSignal): Promise<Map<number, Ended>> {
  if (ids.length === 0) return new Map();
  let result: ExecResult;
  try {
    result = await host.script(awaitScript, ids.map(String), {
      timeout: 0,
      // The script ends when its stdin does, that is with this process.
      onStdin: () => {},
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    signal?.throwIfAborted();
  }
  const text = orThrow(result, 'waiting for domains', host.name).stdout;
  const [list = '', store = ''] = text.split('--- nodes\n');
  const nodes = parseStoreListing(store);
  const rows = new Map(parseRows(list).map((row) => [row.id, row]));
  return new Map(
    ids.map((id) => {
      const row = rows.get(id);
      const own = guestNodes(nodes, id);
      const isGone = row === undefined || (isDying(row) && own.size === 0);
      return [id, { reason: (isGone ? undefined : row.reason) ?? 'gone', nodes: own }];
    }),
  );
}

export async function awaitEnd(host: Host, id: number): Promise<Ended> {
  return (await awaitEnds(host, [id])).get(id) ?? { reason: 'gone', nodes: new Map() };
}

/** `record`: the domain's, if it is known. */
export function judgeEnded(ended: Ended, record: DomainRecord | undefined): Outcome {
  const reason: EndReason = ended.reason === 'gone' ? 'gone' : endReason(ended.reason);
  return judgeEnd(reason, { exit: ended.nodes.get('exit'), crash: ended.nodes.get('crash') }, record?.foreign);
}

/** The output of statusScript. Exported for its tests. */
export function parseStatus(text: string): DomainStatus[] {
  const [list = '', rest = ''] = text.split('--- records\n');
  const [records = '', afterRecords = ''] = rest.split('--- nodes\n');
  const [store = '', vcpus = ''] = afterRecords.split('--- vcpus\n');
  const own = new Map(
    records.split('\n').flatMap((line): [string, string][] => {
      const match = /^\/local\/domain\/(\d+)\/lwd\/(?:domain|shell): (.*)$/.exec(line);
      return match === null ? [] : [[match[1] ?? '', decodeValue(match[2] ?? '')]];
    }),
  );
  const nodes = parseStoreListing(store);
  const placements = parsePlacements(vcpus);
  const ours = parseRows(list).filter(({ uuid }) => uuid.startsWith(uuidPrefix));
  return ours.map((row) => {
    const node = own.get(String(row.id));
    const state = stateOf(row);
    const record = withShellLog(parseRecord(node), row);
    const ended = { reason: row.reason ?? 0, nodes: guestNodes(nodes, row.id) };
    return {
      ...{ name: row.name, id: row.id, uuid: row.uuid, state, record },
      outcome: state === 'ended' ? judgeEnded(ended, record) : undefined,
      vcpus: row.vcpus,
      places: placements.get(row.id) ?? [],
      memory: row.memory,
      cpuTime: row.time,
      logOffset: parseOffset(node),
    };
  });
}

function withShellLog(record: DomainRecord | undefined, { uuid }: Row): DomainRecord | undefined {
  if (record?.shell === undefined) return record;
  return { ...record, log: shellLog(record.log, record.shell, uuid) };
}

/** xl's letters: r b p s REASON d. */
function stateOf(row: Row): DomainState {
  // One that had ended before it was destroyed is both.
  if (isDying(row)) return 'dying';
  if (isShellName(row.name)) return 'shell';
  if (row.flags[3] === 's') return 'ended';
  return row.flags[2] === 'p' ? 'paused' : 'running';
}

/** It was destroyed, and what it wrote to xenstore has gone; Xen still has something of it (remains.ts). */
function isDying(row: Row): boolean {
  return row.flags[5] === 'd';
}

function guestNodes(nodes: Map<string, string>, id: number): Map<string, string> {
  const prefix = `/local/domain/${id}/data/lwd/`;
  const own = [...nodes].filter(([path]) => path.startsWith(prefix));
  return new Map(own.map(([path, value]) => [path.slice(prefix.length), value]));
}

/** Lines of `xl vcpu-list`: domain → its vCPUs. */
export function parsePlacements(text: string): Map<number, Placement[]> {
  const found = new Map<number, Placement[]>();
  for (const line of text.split('\n')) {
    const match = /^.+? +(\d+) +(\d+) +(\d+|-) +[a-z-]{3} +\d+\.\d+ +(\S+) \/ (\S+)$/.exec(line.trimEnd());
    if (match === null) continue;
    const [, id, vcpu, cpu, hard = '', soft = ''] = match;
    const place = { vcpu: Number(vcpu), cpu: cpu === '-' ? undefined : Number(cpu), hard, soft };
    found.set(Number(id), [...(found.get(Number(id)) ?? []), place]);
  }
  return found;
}
