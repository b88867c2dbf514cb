/**
 * The life of a domain that was prepared (prepare.ts): configuration, creation, console, outcome, destruction. `run` stays
 * until the end; `start` leaves the domain to itself.
 */
import { HostError, type UserError } from '../../errors.js';
import { exitCode } from '../../exit-codes.js';
import { wallSeconds } from '../../sys/clock.js';
import type { CrashReport } from '../facts/crash-report.js';
import { ownName, recordText } from '../facts/domain-record.js';
import type { Outcome } from '../facts/outcome.js';
import type { PassedSignal } from '../facts/process-frames.js';
import { remainsOf } from '../observed/remains.js';
import { type ShellUse, shellLog, shellUse } from '../observed/shell.js';
import { listDomains } from '../observed/status.js';
import { checkPlacement, expandCpus } from '../place/placement.js';
import { ownPool, removeOwnPool } from '../place/pool.js';
import { renderConfig } from '../spec/cfg.js';
import type { DomainSpec } from '../spec/spec.js';
import { ConsoleTail } from '../stream/console-tail.js';
import type { ProcessStreams } from '../stream/process-channel.js';
import { ReportFilter } from '../stream/report-filter.js';
import { type LaunchCallbacks, launchThrough } from './brokered-launch.js';
import { type EndCause, type EndLimits, superviseEnd } from './ending.js';
import { type EndedDomain, type LaunchRequest, type LaunchResult, launch } from './launch.js';
import type { Prepared } from './prepare.js';
import { isNameTaken, refusal } from './refusal.js';
import { removeDomain } from './takedown.js';
import { judge } from './verdict.js';

export interface StartedDomain {
  name: string;
  id: number;
  uuid: string;
  /** If a shell could have stood in for it. */
  shell?: ShellUse;
}

export interface RunRequest {
  limits: EndLimits;
  /** Seconds, see launch.ts. */
  lease?: number | undefined;
  /**
   * Where what it writes goes, and what it reads comes from. The console's text comes without a crash's report; of a domain
   * without a process channel it is what the program wrote, and counts as stdout.
   */
  streams: ProcessStreams;
  /** Has signals passed on to the process from now on; gives a function that ends that. */
  passSignals?(pass: (name: PassedSignal) => void): () => void;
  /** Looks into the domain, which has ended and is still there. */
  examine?(domain: EndedDomain): Promise<void>;
  /** The domain is there and paused, and runs when somebody lets it. */
  held?: boolean;
  /** The domain is there; unless it is held, it runs. */
  onStarted?(): void;
}

export interface FinishedDomain extends StartedDomain {
  outcome: Outcome;
  /** Why lwd ended the domain, undefined if it ended by itself. */
  cause: EndCause | undefined;
  crash: CrashReport | undefined;
  /** The dead domain is still there, as `on_crash: preserve` asks. */
  kept: boolean;
  /** xl could not destroy it: what it said. */
  leftBehind: string | undefined;
  /** What else the user should know: of volumes that could not be brought back as they were. */
  notes: string[];
}

/** Creates the domain and comes back when it runs. It stays, also when it has ended, until it is taken down. */
export async function start(prepared: Prepared, lease?: number): Promise<StartedDomain> {
  await prepared.files.leaveAlone();
  let anew = '';
  const result = await begin(prepared, {
    mode: 'detach',
    lease,
    onStdout: () => {},
    onStderr: () => {},
    onConsole: () => {},
    openStdin: () => undefined,
    onAnew: (why) => {
      anew = why;
    },
    onStarted: () => {},
    onEnded: async () => 'keep',
  });
  const { host, spec } = prepared;
  if (result.kind !== 'detached') throw await noDomain(prepared, result);
  const misplaced = spec.cpus && (await checkPlacement(host, spec.name, result.id, spec.cpus));
  if (misplaced) {
    await removeDomain(host, { id: result.id, ...placeOf(prepared, result), logOffset: 0 });
    await prepared.files.discard();
    throw misplaced;
  }
  return { ...identity(prepared, result, anew), id: result.id };
}

/** Creates the domain, stays until its end, and destroys it (unless it crashed and is to be preserved). */
export async function run(prepared: Prepared, request: RunRequest): Promise<FinishedDomain> {
  const { host, spec } = prepared;
  const { streams } = request;
  const tail = new ConsoleTail();
  const show = (chunk: Uint8Array) => (spec.channel ? streams.onConsole(chunk) : streams.onStdout(chunk));
  const told: (void | Promise<void>)[] = [];
  const filter = new ReportFilter((chunk) => void told.push(show(chunk)));
  let stopPassing = () => {};
  const ended = new AbortController();
  const refused = new AbortController();
  const limits = { ...request.limits, urgent: AbortSignal.any([request.limits.urgent, refused.signal]) };
  let placement: Promise<UserError | undefined> = Promise.resolve(undefined);
  let supervision: Promise<EndCause | undefined> = Promise.resolve(undefined);
  let verdict: Pick<FinishedDomain, 'outcome' | 'cause' | 'crash' | 'kept'> | undefined;
  let started = 0;
  let anew = '';
  const result = await begin(prepared, {
    mode: request.held ? 'hold' : 'attach',
    lease: request.lease,
    ...streams,
    onConsole: async (chunk) => {
      tail.push(chunk);
      filter.push(chunk);
      await Promise.all(told.splice(0));
    },
    onAnew: (why) => {
      anew = why;
    },
    onStarted: (id, process) => {
      started = id;
      request.onStarted?.();
      stopPassing = request.passSignals?.((name) => process.signal(name)) ?? stopPassing;
      supervision = superviseEnd(host, id, limits, ended.signal, spec.channel ? process : undefined);
      // Looked at below; until then a failure must not pass for an unhandled one.
      supervision.catch(() => {});
      if (spec.cpus === undefined) return;
      placement = checkPlacement(host, spec.name, id, spec.cpus).catch(() => undefined);
      placement.then((wrong) => wrong && refused.abort());
    },
    onEnded: async (domain) => {
      ended.abort();
      const cause = (await supervision) ?? (domain.reason === 'fenced' ? 'lease' : undefined);
      await request.examine?.(domain);
      const { outcome, crash } = await judge(host, domain, tail, prepared.image.commandLine !== undefined);
      const kept = outcome.kind === 'crashed' && spec.onCrash === 'preserve' && cause === undefined;
      verdict = { outcome, cause, crash, kept };
      return kept ? 'keep' : 'destroy';
    },
  })
    .catch((error: unknown): LaunchResult => {
      if (!(error instanceof HostError)) throw error;
      // How it ended is known, and whether it was destroyed is not.
      if (verdict !== undefined && error.exitCode === exitCode('outcomeUnknown'))
        return { kind: 'finished', id: started, destroyed: exitCode('outcomeUnknown'), said: [error.message] };
      error.next.push(...prepared.files.whereLeft);
      throw error;
    })
    .finally(() => {
      ended.abort();
      stopPassing();
    });
  if (result.kind !== 'finished' || verdict === undefined) throw await noDomain(prepared, result);
  const remains = result.destroyed === 0 ? remainsOf(host, spec) : [];
  const notes = (await Promise.all([prepared.files.bringBack(), remains])).flat();
  const poolLeft = await removeOwnPool(host, spec);
  if (poolLeft !== undefined) notes.push(poolLeft);
  const misplaced = await placement;
  if (misplaced !== undefined) throw misplaced;
  const held = filter.end();
  // A report goes to whoever explains the crash; it is no part of what the application wrote.
  if (held.length > 0 && verdict.crash === undefined) await show(held);
  const left = leftBehind(result, verdict.outcome);
  return { ...identity(prepared, result, anew), id: result.id, ...verdict, leftBehind: left, notes };
}

/** Why there is no domain. What was laid out for it goes, if it surely never ran. */
async function noDomain(prepared: Prepared, result: LaunchResult): Promise<Error> {
  const { host, spec, files } = prepared;
  if (result.kind === 'failed' || result.kind === 'missing') {
    await files.discard().catch(() => {});
    await removeOwnPool(host, spec);
  }
  return refusal(result, host, spec);
}

/** Who has the name may be a half-made domain of an lwd that died: a look at the domains removes that one. */
async function begin(prepared: Prepared, callbacks: LaunchCallbacks): Promise<LaunchResult> {
  const result = await tryToBegin(prepared, callbacks);
  if (!isNameTaken(result)) return result;
  const there = await listDomains(prepared.host);
  return there.some(({ name }) => name === prepared.spec.name) ? result : tryToBegin(prepared, callbacks);
}

function tryToBegin(prepared: Prepared, callbacks: LaunchCallbacks): Promise<LaunchResult> {
  const { host, spec, image } = prepared;
  const foreign = image.commandLine !== undefined;
  if (host.broker !== undefined) return launchThrough(host.broker, { spec, foreign }, callbacks);
  return launch(host, { ...launchRequest(prepared), ...callbacks });
}

type Started = Extract<LaunchResult, { id: number }>;

function launchRequest(prepared: Prepared): Omit<LaunchRequest, keyof LaunchCallbacks> {
  const { spec, image } = prepared;
  const pool = poolToMake(spec);
  const node = recordText({
    image: image.kernel.sha256,
    symbols: image.symbols,
    owner: ownName(),
    log: prepared.logFile,
    started: Math.round(wallSeconds()),
    placement: spec.placement,
    group: spec.group,
    batch: spec.batch,
    pool: pool?.name,
    foreign: image.commandLine === undefined ? undefined : true,
  });
  const { name, uuid = '', kernel, ramdisk, volumes, logLimit } = spec;
  const { logFile, volumeServer, processChannel } = prepared;
  const order = prepared.shell;
  const shell = order && 'plan' in order ? { prefix: order.plan.prefix, line: order.line } : undefined;
  const config = renderConfig(spec, 'lwd');
  const where = { kernel, ramdisk, volumes, volumeServer, processChannel, logFile, logLimit };
  return { name, uuid, node, ownPool: pool, batch: spec.batch, config, shell, ...where };
}

function poolToMake({ name, pool, cpus = '' }: DomainSpec): LaunchRequest['ownPool'] {
  const numbers = expandCpus(cpus);
  if (pool === undefined || pool !== ownPool(name) || !(numbers instanceof Set)) return undefined;
  return { name: pool, cpus: [...numbers] };
}

function identity(prepared: Prepared, result: Started, anew: string): Omit<StartedDomain, 'id'> {
  const { uuid } = placeOf(prepared, result);
  return { name: prepared.spec.name, uuid, ...shellUse(prepared.shell, result.uuid, anew) };
}

/** UUID and log, which are the shell's if it was one. */
function placeOf(
  { spec, logFile, shell }: Prepared,
  { uuid = spec.uuid ?? '' }: Started,
): { uuid: string; log: string } {
  const wasShell = uuid !== spec.uuid && shell !== undefined && 'plan' in shell;
  return { uuid, log: wasShell ? shellLog(logFile, shell.plan.prefix, uuid) : logFile };
}

function leftBehind(result: LaunchResult, outcome: Outcome): string | undefined {
  if (result.kind !== 'finished' || outcome.kind === 'destroyed' || !result.destroyed) return undefined;
  return result.said.slice(-3).join('; ') || `xl destroy ended with status ${result.destroyed}`;
}
