/**
 * The operations of an OCI runtime on containers that are domains. `run`, and the runner that `create` leaves behind, stay with
 * the domain as `lwd up` does; everything else looks at the state file and at Xen and does one thing.
 */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { findAllocation } from '../batch/detect.js';
import { batchRecord } from '../batch/job-name.js';
import { HostError, UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { plainSink } from '../run/output-sink.js';
import { makeRoom } from '../run/room.js';
import { type EndedRun, type Launch, type RunContext, runDomain } from '../run/run-domain.js';
import { waitFor, wallText } from '../sys/clock.js';
import { readText } from '../sys/fs.js';
import { endProcess, isAlive, ownIdentity } from '../sys/process.js';
import { changeState } from '../xl/change/pause.js';
import { sendSignal } from '../xl/change/signal.js';
import { destroyNow, requestShutdowns } from '../xl/life/ending.js';
import { takeDown } from '../xl/life/takedown.js';
import { type DomainStatus, listDomains } from '../xl/observed/status.js';
import type { DomainWish } from '../xl/spec/spec.js';
import { parseConfig } from './config.js';
import { ContainerFolder, type ContainerState, type ContainerStatus, containerStatus } from './container-state.js';
import { type ContainerWish, checkId, containerWish, domainName } from './domain-of-config.js';
import { adoptJob, withinJob } from './in-job.js';
import { containerImage } from './rootfs.js';
import type { SignalEffect } from './signals.js';

/** Milliseconds that a runner has between being asked to end and being ended. */
const runnerGrace = 10_000;
/** Milliseconds that a runner has to bring back what its domain wrote. */
const runnerPatience = 60_000;

export interface RunContainer {
  root: string;
  id: string;
  bundle: string;
  /** The domain waits for `start`, and its folder for `delete`. */
  held: boolean;
  /** Something of config.json that means nothing for a domain. */
  onLeftOut(what: string): void;
  /** The domain is there. */
  onCreated(): Promise<void>;
}

/** From the bundle to the domain's end. Gives how it ended. */
export async function runContainer(context: RunContext, request: RunContainer): Promise<EndedRun> {
  const { id, held } = request;
  checkId(id);
  const bundle = resolve(request.bundle);
  const shown = resolve(bundle, 'config.json');
  const text = await readText(shown);
  if (text === undefined)
    throw new UserError(`${shown}: there is no such file`, { next: ['--bundle names a folder with one'] });
  const config = parseConfig(text, shown);
  const wish = containerWish(config, bundle);
  adoptJob(wish.env);
  for (const line of wish.leftOut) request.onLeftOut(`config.json: ${line}`);
  const folder = new ContainerFolder(request.root, id);
  let state: ContainerState = {
    version: 1,
    ociVersion: config.ociVersion,
    ...{ id, bundle, annotations: config.annotations ?? {}, host: context.host.name },
    created: wallText(),
    runner: await ownIdentity(),
    isCreated: false,
    isStarted: false,
  };
  await folder.make(state);
  try {
    const image = await containerImage(wish, bundle, folder.archive);
    const job = await withinJob(context, domainWish(id, wish, image.facts), wish.given);
    const { timeLimit, grace, lease, among } = job;
    const placement = { numa: undefined, pool: wish.pool, among };
    const { launches, release } = await makeRoom(context, image, [job.wish], placement);
    const [launch] = launches as [Launch];
    let told = Promise.resolve();
    const ended = await runDomain({ ...context, lease }, launch, {
      ...{
        sink: plainSink(false),
        openStdin: () => (held ? undefined : process.stdin),
        timeLimit,
        grace,
        ports: [],
        trace: undefined,
        held,
      },
      onPrepared: async ({ spec }) => {
        state = { ...state, uuid: spec.uuid };
        await folder.write(state);
      },
      onStarted: () => {
        void release();
        told = folder.write({ ...state, isCreated: true, isStarted: !held }).then(() => request.onCreated());
        told.catch(() => {});
      },
    }).finally(release);
    await told;
    if (!held) await folder.remove();
    return ended;
  } catch (error) {
    // Of a container that was never there nothing stays. One that was may be there still: `delete --force` sees to it.
    if ((await folder.read())?.isCreated !== true && !(await mayBeThere(context.host, state.uuid)))
      await folder.remove();
    throw error;
  }
}

/** Whether a making that broke off came to a domain after all; if the host does not say, it may have. */
async function mayBeThere(host: Host, uuid: string | undefined): Promise<boolean> {
  if (uuid === undefined) return false;
  return listDomains(host).then(
    (domains) => domains.some((domain) => domain.uuid === uuid),
    () => true,
  );
}

function domainWish(id: string, wish: ContainerWish, kernel: DomainWish['kernel']): DomainWish {
  const { args, env, settings, volumes, network } = wish;
  const job = findAllocation(process.env, hostname());
  // The epilog of the job that it is started in looks for it by this.
  const batch = job === undefined ? {} : { batch: batchRecord(job) };
  return { name: domainName(id), kernel, args, env, settings, volumes, network, disks: [], ...batch };
}

/** A container that is there, and what is the matter with it. */
export interface Container {
  state: ContainerState;
  status: ContainerStatus;
  domain: DomainStatus | undefined;
  /** The runner's, 0 if it has ended. */
  pid: number;
}

/** The host that a container was started on; undefined if there is no such container. */
export async function hostOfContainer(root: string, id: string): Promise<string | undefined> {
  checkId(id);
  return (await new ContainerFolder(root, id).read())?.host;
}

/** undefined if there is none of this id. */
export async function findContainer(host: Host, root: string, id: string): Promise<Container | undefined> {
  checkId(id);
  const state = await new ContainerFolder(root, id).read();
  if (state === undefined) return undefined;
  const domain =
    state.uuid === undefined ? undefined : (await listDomains(host)).find(({ uuid }) => uuid === state.uuid);
  const status = await containerStatus(state, domain);
  const pid = status !== 'stopped' && (await isAlive(state.runner)) ? state.runner.pid : 0;
  return { state, status, domain, pid };
}

export async function startContainer(host: Host, root: string, { state, status, domain }: Container): Promise<void> {
  if (status !== 'created' || domain === undefined) throw notSo(state.id, status, 'started: only a created one can be');
  const [changed] = await changeState(host, [domain], 'unpause');
  // It may have ended already.
  if (changed?.state === 'paused') throw new HostError(`${state.id} was not started: ${changed.complaint}`);
  await new ContainerFolder(root, state.id).write({ ...state, isStarted: true });
}

export async function killContainer(host: Host, container: Container, effect: SignalEffect): Promise<void> {
  const { state, status, domain } = container;
  if (domain === undefined || status === 'stopped') throw notSo(state.id, status, 'sent a signal');
  // A program that has not begun has no handler, and a paused kernel hears nothing.
  if (effect === 'destroy' || status !== 'running') await destroyNow(host, domain.id);
  else if (effect === 'ask') await requestShutdowns(host, [domain.id]);
  else await sendSignal(host, [domain], effect, 0);
}

/** Takes the container away, and with it its domain. Gives remarks. */
export async function deleteContainer(
  host: Host,
  root: string,
  { state, status, domain }: Container,
  force: boolean,
): Promise<string[]> {
  if (status !== 'stopped' && !force) throw notSo(state.id, status, 'deleted: end it first, or give --force');
  const notes: string[] = [];
  if (domain !== undefined) {
    const options = { grace: 0, signal: new AbortController().signal };
    // A dead domain whose runner lives is the runner's to look at and to destroy.
    const isRunners = domain.state === 'ended' && (await isAlive(state.runner));
    const [taken] = isRunners ? [] : await takeDown(host, [domain], options);
    if (taken?.leftBehind !== undefined) throw new HostError(`${state.id} is still there: ${taken.leftBehind}`);
    if (taken?.keepsCopies) {
      notes.push(
        `${host.name} keeps what ${state.id} wrote: lwd copies --host ${host.name} --fetch ${domain.uuid} --into FOLDER`,
      );
    }
  }
  const isOver = async () => ((await isAlive(state.runner)) ? undefined : true);
  if (state.runner.pid !== process.pid && !(await waitFor(isOver, { timeout: runnerPatience }))) {
    await endProcess(state.runner, runnerGrace);
  }
  await new ContainerFolder(root, state.id).remove();
  return notes;
}

function notSo(id: string, status: ContainerStatus, what: string): UserError {
  return new UserError(`container ${id} is ${status} and cannot be ${what}`, { exit: 'cannotCreate' });
}
