/**
 * Domains that callers have made: judged one after the other, made from what the broker itself renders and keeps, and stayed with
 * for as long as their callers do.
 */
import { hostname } from 'node:os';
import { wallSeconds } from '../sys/clock.js';
import { recordText } from '../xl/facts/domain-record.js';
import { type LaunchRequest, launch } from '../xl/life/launch.js';
import { logFile } from '../xl/life/prepare.js';
import { listDomains } from '../xl/observed/status.js';
import { renderConfig } from '../xl/spec/cfg.js';
import type { ProcessStreams } from '../xl/stream/process-channel.js';
import { Attendance } from './attendance.js';
import { type AllowedDomain, judgeDomain } from './authority.js';
import type { Caller } from './caller.js';
import { inputOf } from './caller-input.js';
import { type AttachedFiles, attachFiles } from './file-disks.js';
import { type BrokerParts, type Case, owns, refuse } from './parts.js';
import type { LaunchOrder } from './requests.js';
import type { Shares } from './shares.js';

export class Launches {
  readonly #parts: BrokerParts;
  readonly #shares: Shares;

  constructor(parts: BrokerParts, shares: Shares) {
    this.#parts = parts;
    this.#shares = shares;
  }

  async launch(one: Case, order: LaunchOrder): Promise<void> {
    const { caller } = one;
    const { uuid, name, memory, vcpus } = order.spec;
    const what = { uuid, memory, vcpus, kernel: order.spec.kernel };
    const judged = await this.#shares.inTurn(() => this.#judge(one, order));
    if ('refused' in judged)
      return refuse(this.#parts, one, { request: 'launch', why: judged.refused, domains: [name], what });
    let isMade = true;
    try {
      await this.#parts.audit(caller, { request: 'launch', decision: 'allowed', domains: [name], what });
      isMade = await this.#run(one, order, judged);
    } finally {
      this.#shares.settled(uuid);
      this.#shares.leaveName(name, isMade);
    }
  }

  /** If it gives a domain, that counts from then on, and has its name. */
  async #judge({ caller, rule }: Case, { spec }: LaunchOrder): Promise<AllowedDomain | { refused: string }> {
    const { images, host } = this.#parts;
    const all = await listDomains(host, { places: true });
    const judged = judgeDomain(rule, caller, spec, this.#shares.shareOf(caller.uid, all));
    if ('refused' in judged) return judged;
    if (all.some(({ uuid }) => uuid === spec.uuid)) return { refused: 'there is a domain with this UUID' };
    for (const file of [spec.kernel, spec.ramdisk]) {
      if (file !== undefined && !images.has(caller.uid, digestOf(file)))
        return { refused: 'you have not sent its image' };
    }
    if (all.some(({ name, uuid }) => name === spec.name && !owns(caller.uid, uuid))) {
      return { refused: `the name ${spec.name} is somebody else's` };
    }
    if (!this.#shares.takeName(spec.name, caller.uid)) {
      return { refused: `the name ${spec.name} was somebody else's a moment ago` };
    }
    this.#shares.begin(spec.uuid, caller.uid, spec.maxmem, spec.vcpus);
    return judged;
  }

  /** Gives whether there was a domain. */
  async #run(one: Case, order: LaunchOrder, allowed: AllowedDomain): Promise<boolean> {
    if (allowed.files.length === 0) return this.#make(one, order, allowed, undefined);
    const { host, diskAttacher } = this.#parts;
    const { path, sha256 } = await diskAttacher();
    const files = await attachFiles(host, await host.push(path, sha256), asCaller(one.caller), allowed.files);
    if ('refused' in files) {
      await refuse(this.#parts, one, { request: 'launch', why: files.refused, domains: [order.spec.name] });
      return false;
    }
    const disks = [...allowed.spec.disks, ...files.disks];
    try {
      const isMade = await this.#make(one, order, { ...allowed, spec: { ...allowed.spec, disks } }, files);
      files.letGo('none');
      return isMade;
    } finally {
      // Of what broke off before it had begun nobody knows whether xl is still at it.
      files.letGo(undefined);
    }
  }

  async #make(
    one: Case,
    order: LaunchOrder,
    allowed: AllowedDomain,
    files: AttachedFiles | undefined,
  ): Promise<boolean> {
    const { connection, caller } = one;
    const isLeft = AbortSignal.any([this.#parts.over, connection.gone]);
    let isStarted: () => void = () => {};
    const started = new Promise<void>((resolve) => {
      isStarted = resolve;
    });
    const request = await this.#launchRequest(caller, order, allowed).catch((error: unknown) => {
      files?.letGo('none');
      throw error;
    });
    const attendance = new Attendance(this.#parts, one, order);
    const result = await launch(this.#parts.host, {
      ...request,
      // Without its caller the domain is left to itself, with what it writes in its log, and to its lease, which nobody renews
      // then.
      abandon: files === undefined ? isLeft : notBefore(started, isLeft),
      onStdout: (chunk) => connection.flow('data', chunk),
      onStderr: (chunk) => connection.flow('stderr', chunk),
      onConsole: (chunk) => connection.flow('console', chunk),
      openStdin: () => inputOf(connection),
      openStream: () => attendance.openStream(),
      onStarted: (id, process) => {
        files?.letGo(id);
        isStarted();
        attendance.started(id, process);
      },
      onEnded: (ended) => attendance.ended(ended),
    });
    await attendance.over();
    connection.answer(result.kind === 'missing' ? { ...result, file: 'the image' } : result);
    return result.kind === 'detached' || result.kind === 'finished';
  }

  async #launchRequest(
    caller: Caller,
    { mode, lease, spec: ordered }: LaunchOrder,
    { spec, volumes }: AllowedDomain,
  ): Promise<Omit<LaunchRequest, keyof ProcessStreams | 'onStarted' | 'onEnded'>> {
    const { host, images } = this.#parts;
    const { uid } = caller;
    const push = (file: string) => host.push(images.path(uid, digestOf(file)), digestOf(file));
    const kernel = await push(ordered.kernel);
    const ramdisk = ordered.ramdisk === undefined ? undefined : await push(ordered.ramdisk);
    const channel = await this.#parts.processChannel();
    const server = volumes.length === 0 ? undefined : await this.#parts.volumeServer();
    const log = logFile((await host.capabilities()).consoleLogs ?? '/var/log/xen/console', spec.name);
    const node = recordText({
      image: digestOf(ordered.kernel),
      symbols: undefined,
      owner: `uid ${uid}@${hostname()}`,
      log,
      started: Math.round(wallSeconds()),
      group: spec.group,
      foreign: ordered.foreign,
      batch: spec.batch,
      most: spec.maxmem,
    });
    return {
      ...{
        mode,
        lease,
        kernel,
        ramdisk,
        node,
        name: spec.name,
        uuid: ordered.uuid,
        logFile: log,
        volumes: [],
        ownPool: undefined,
        batch: spec.batch,
      },
      config: renderConfig({ ...spec, kernel, ramdisk }, 'lwd'),
      volumeServer: server && (await host.push(server.path, server.sha256)),
      processChannel: await host.push(channel.path, channel.sha256),
      served: [
        asCaller(caller),
        ...volumes.flatMap(({ target, readonly, root, folder }) => [readonly ? `ro:${target}` : target, root, folder]),
      ],
    };
  }
}

/** Files are held for a domain until it is there, so its making is seen through. */
function notBefore(moment: Promise<void>, signal: AbortSignal): AbortSignal {
  const later = new AbortController();
  const pass = () => void moment.then(() => later.abort(signal.reason));
  if (signal.aborted) pass();
  else signal.addEventListener('abort', pass, { once: true });
  return later.signal;
}

/** As lwd's programs for dom0 take him. */
function asCaller({ uid, gid, groups }: Caller): string {
  return ['as', uid, gid, ...groups].join(':');
}

function digestOf(file: string): string {
  return file.slice('sha256:'.length);
}
