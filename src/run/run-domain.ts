/**
 * One domain, from what is wished to its finished report: its files on the host, its life, and what its end means. For any
 * command that starts domains and stays with them; what each of them prints goes to the sink it was given.
 */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { faultStatus, ownStatus } from '../exit-status.js';
import type { Host } from '../host/host.js';
import { withoutDoubt } from '../host/lost.js';
import { crashText, type ExplainedCrash, explainCrash } from '../report/crash.js';
import type { Output } from '../report/output.js';
import type { EndedRun } from '../report/up.js';
import { monotonic } from '../sys/clock.js';
import type { Interruption } from '../sys/interruption.js';
import { outcomeText, statusOf } from '../xl/facts/outcome.js';
import type { PassedSignal } from '../xl/facts/process-frames.js';
import { parseDuration } from '../xl/facts/units.js';
import { type Used, usedBy } from '../xl/facts/usage.js';
import { type FinishedDomain, run, type StartedDomain, start } from '../xl/life/domain.js';
import { type Prepared, prepare, type SentImage } from '../xl/life/prepare.js';
import { publishPorts } from '../xl/life/publish.js';
import type { PublishedPort } from '../xl/spec/network.js';
import type { DomainWish } from '../xl/spec/spec.js';
import { accountText, isAccounted, keepAccount } from './accounting.js';
import type { OutputSink } from './output-sink.js';
import type { Shells } from './shell-pool.js';
import type { Trace } from './trace.js';

/** What all domains of a command have in common. */
export type { EndedRun };

export interface RunContext {
  host: Host;
  output: Output;
  interruption: Interruption;
  /** Shells that stand in for domains, if that was asked for. */
  shells?: Shells | undefined;
  /** Seconds without a sign of life of ours after which the host ends a domain; undefined: it goes on. */
  lease?: number | undefined;
}

export interface TimeLimit {
  milliseconds: number;
  /** Whose it is, in words: "--timeout 90s". */
  whose: string;
}

/** A domain that may be made: room.ts has seen to that. */
export interface Launch {
  host: Host;
  sent: SentImage;
  wish: DomainWish;
}

/** How one is to be stayed with. */
export interface RunOrder {
  sink: OutputSink;
  timeLimit: TimeLimit | undefined;
  /** Milliseconds between asking for the end and enforcing it. */
  grace: number;
  ports: readonly PublishedPort[];
  trace: Trace | undefined;
  /** Aborted: this domain is to end as if it had been interrupted, while others may go on. */
  stop?: AbortSignal;
  /** What its process reads, asked for when it does; undefined: nothing. */
  openStdin?(): Readable | undefined;
  /** What the stream leads to that it is to have; undefined: nothing. */
  openStream?: (() => Socket) | undefined;
  /** The domain is made paused, and runs when somebody lets it. */
  held?: boolean;
  /** Everything is there but the domain, which is waited with until this is done. */
  onPrepared?(prepared: Prepared): Promise<void>;
  onStarted?(): void;
}

/** From a flag's text. Throws UserError. */
export function timeLimitOf(flag: string, text: string): TimeLimit {
  return { milliseconds: parseDuration(flag, text), whose: `${flag} ${text}` };
}

/** Creates the domain and comes back when it runs. After an interruption nothing is left, and this rejects with its reason. */
export async function startDomain(context: RunContext, launch: Launch, stop?: AbortSignal): Promise<StartedDomain> {
  const prepared = await prepareDomain(context, launch, stop);
  const started = await start(prepared, context.lease).finally(() => dropSecret(prepared, context.output));
  context.shells?.started();
  tellOf(started, context.output);
  return started;
}

/** Creates the domain, stays until its end, and says on stderr what there is to say beyond the application's own words. */
export async function runDomain(context: RunContext, launch: Launch, order: RunOrder): Promise<EndedRun> {
  const { output, interruption } = context;
  const { host } = launch;
  const { timeLimit, grace, ports, sink, trace, stop } = order;
  const accounted = isAccounted(launch.wish.batch, output);
  let used: Used | undefined;
  const attended = { ...launch, wish: { ...launch.wish, attended: true } };
  const prepared = await prepareDomain(context, attended, stop);
  await order.onPrepared?.(prepared);
  const began = monotonic();
  const published =
    ports.length === 0 ? undefined : publishPorts(host, launch.wish, ports, (text) => output.warn(text));
  const orderly = stop === undefined ? interruption.signal : AbortSignal.any([interruption.signal, stop]);
  const finished = await run(prepared, {
    limits: {
      timeout: timeLimit?.milliseconds,
      grace,
      orderly,
      urgent: interruption.urgent,
      askingSignal: () => askingSignal(interruption),
    },
    lease: context.lease,
    ...(order.held ? { held: true } : {}),
    onStarted: () => {
      void prepared.dropSecret();
      context.shells?.started();
      order.onStarted?.();
    },
    streams: {
      onStdout: (chunk) => sink.stdout(chunk),
      onStderr: (chunk) => sink.stderr(chunk),
      onConsole: (chunk) => sink.console(chunk),
      openStdin: () => order.openStdin?.(),
      ...(order.openStream && { openStream: order.openStream }),
    },
    passSignals: (pass) => interruption.takeUserSignals(pass),
    examine: async (domain) => {
      await trace?.read(domain);
      if (accounted) used = await usedBy(domain);
    },
  }).finally(async () => {
    // However it went: what is held of its lines is shown, and its ports are nobody's.
    await sink.end();
    await published?.close();
    await dropSecret(prepared, output);
  });
  tellOf(finished, output);
  const seconds = (monotonic() - began) / 1000;
  const { symbols } = prepared.image;
  const remark = await trace?.write(finished.name, symbols);
  if (remark !== undefined) finished.notes.push(remark);
  const crash = finished.crash && (await explainCrash(finished.crash, symbols));
  explainEnd(finished, crash, timeLimit, output);
  const ended = { finished, crash, status: statusOfEnd(finished, interruption), seconds, used };
  if (accounted) await account(ended, launch, output);
  return ended;
}

async function account(ended: EndedRun, { host, wish: { batch, settings } }: Launch, output: Output): Promise<void> {
  const { finished, status, seconds, used } = ended;
  const { name, uuid, outcome, cause } = finished;
  const state = outcomeText(outcome);
  const maxMemory = Math.floor(settings.maxmem / 2 ** 20);
  const kept = { host: host.name, name, uuid, batch, state, status, endedBy: cause, seconds, used, maxMemory };
  if (batch !== undefined) output.note(accountText(kept));
  await keepAccount(kept, output);
}

/** Whether a shell stood in for it, for who asked for that and wants to know. */
function tellOf({ name, shell }: StartedDomain, output: Output): void {
  if (shell !== undefined) output.detail(`${name}: ${shell.claimed ? 'was a shell' : `made anew: ${shell.why}`}`);
}

async function prepareDomain(
  { output, interruption, shells }: RunContext,
  { host, sent, wish }: Launch,
  stop: AbortSignal | undefined,
): Promise<Prepared> {
  const prepared = await withoutDoubt(() => prepare(host, sent, wish), 'no domain was made');
  if (interruption.signal.aborted || stop?.aborted) {
    await prepared.files.discard();
    await dropSecret(prepared, output);
  }
  interruption.signal.throwIfAborted();
  stop?.throwIfAborted();
  remindOf(prepared.files.forgotten, host.name, output);
  prepared.shell = shells?.order(prepared, wish);
  return prepared;
}

async function dropSecret(prepared: Prepared, output: Output): Promise<void> {
  const remark = await prepared.dropSecret();
  if (remark !== undefined) output.warn(remark);
}

/** What an lwd that was killed, or that lost its host, could not bring back. */
function remindOf(forgotten: readonly string[], host: string, output: Output): void {
  if (forgotten.length === 0) return;
  const what = forgotten.length === 1 ? 'a domain' : `${forgotten.length} domains`;
  output.warn(`${host} keeps what ${what} wrote and nobody brought back: lwd copies --host ${host}`);
}

/** What asked for the end, as far as it can be passed on. */
function askingSignal({ name }: Interruption): PassedSignal {
  return name === undefined || name === 'SIGPIPE' ? 'SIGTERM' : name;
}

function statusOfEnd(finished: FinishedDomain, interruption: Interruption): number {
  if (finished.cause === 'timeout') return ownStatus('timeout');
  // A program that was asked to end, and did, says how. Without a signal it was ended since another one failed.
  const { name, exitCode: bySignal } = interruption;
  const saysHow = finished.outcome.kind === 'exited' && name !== 'SIGPIPE';
  if (finished.cause !== undefined && bySignal !== undefined && !saysHow) return bySignal;
  // Nobody wanted its end: in a job it is as if the host had been lost, which the lease is for.
  if (finished.cause === 'lease') return faultStatus(statusOf(finished.outcome));
  return statusOf(finished.outcome);
}

function explainEnd(
  finished: FinishedDomain,
  crash: ExplainedCrash | undefined,
  timeLimit: TimeLimit | undefined,
  output: Output,
): void {
  const { outcome, name } = finished;
  if (crash !== undefined) process.stderr.write(`${crashText(name, crash, output.verbose)}\n`);
  else if (outcome.kind === 'crashed') output.warn(`${name} crashed: ${outcome.what}`);
  else if (finished.cause === 'timeout') output.warn(`${name} was ended: ${timeLimit?.whose} ran out`);
  else if (finished.cause === 'lease') {
    output.warn(`${name} was ended by its host, which had not heard of this lwd for as long as its lease allows`);
  } else if (outcome.kind === 'unclear') output.warn(`${name}: ${outcome.what}`);
  else if (outcome.kind === 'destroyed' && finished.cause === undefined) {
    output.warn(`${name} was destroyed from outside`);
  }
  for (const note of finished.notes) output.warn(note);
  if (finished.kept) output.warn(`${name} is kept for inspection (on_crash: preserve); then: lwd down ${name}`);
  if (finished.leftBehind !== undefined) {
    output.warn(`${name} could not be destroyed: ${finished.leftBehind}\n  next: xl destroy ${name}`);
  }
}
