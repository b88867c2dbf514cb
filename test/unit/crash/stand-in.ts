/**
 * A dom0 of stand-ins (test/fixtures/stand-in/dom0-tool), on which the real lwd and its real scripts for dom0 work: what Xen and
 * xenstore know is files. And whether it is in order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reconcileHere } from '../../../src/run/reconcile-here.js';
import { elfFile, note } from '../xl/spec/elf-file.js';
import { HostIn } from './host-in.js';

export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const tool = join(root, 'test/fixtures/stand-in/dom0-tool');
/** Those that lwd's scripts start and that change or tell anything. */
const tools = [
  ...['xl', 'xenstore-write', 'xenstore-read', 'xenstore-exists', 'xenstore-list', 'xenstore-ls', 'xenstore-rm'],
  ...['xenstore-watch', 'rm', 'mkdir', 'truncate', 'mv', 'mkfifo', 'chmod', 'tr'],
];

export interface Ended {
  /** undefined if a signal ended it. */
  status: number | undefined;
  stdout: string;
  stderr: string;
}

interface Resident {
  id: number;
  /** "half" has no record, and nobody is at work on it. */
  state?: 'running' | 'paused' | 'ended' | 'half';
  pool?: string;
  /** Seconds. */
  lease?: number;
  batch?: object;
}

export const uuidOf = (id: number) => `6c776400-0000-8000-8000-0000000000${String(id).padStart(2, '0')}`;

export class StandIn {
  readonly folder = mkdtempSync(join(tmpdir(), 'lwd-stand-in-'));
  readonly env: Record<string, string>;
  readonly host: HostIn;
  /** It only has to be there. */
  readonly #consoled: ChildProcess;

  constructor() {
    for (const name of ['bin', 'domains', 'store', 'pools', 'run/domains', 'log', 'tmp', 'own/lwd']) {
      mkdirSync(join(this.folder, name), { recursive: true, mode: 0o700 });
    }
    for (const name of tools) symlinkSync(tool, join(this.folder, 'bin', name));
    this.env = {
      ...{ PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`, STAND_IN: this.folder, LWD_HOST: 'local' },
      ...{ LWD_RUNS: join(this.folder, 'run/domains'), XDG_RUNTIME_DIR: join(this.folder, 'own') },
      ...{ TMPDIR: join(this.folder, 'tmp'), LWD_STATE: join(this.folder, 'state') },
      // What others have sent to this machine as if it were a dom0 is theirs.
      LWD_COMMANDS: join(this.folder, 'tmp'),
    };
    this.host = new HostIn(this.env);
    copyFileSync('/bin/sleep', join(this.folder, 'xenconsoled'));
    this.#consoled = spawn(join(this.folder, 'xenconsoled'), ['3600'], { stdio: 'ignore' });
    writeFileSync(
      join(this.folder, 'domains/0'),
      'Domain-0 1024 2 r----- 00000000-0000-0000-0000-000000000000 - Pool-0 all\n',
    );
    writeFileSync(join(this.folder, 'pools/Pool-0'), '0 1\n');
    const notes = [note(6, 'lwd\0'), note(5, 'xen-3.0\0'), note(8, 'generic\0'), note(1, Buffer.alloc(8))];
    writeFileSync(join(this.folder, 'app'), elfFile({ notes }));
  }

  /** A domain that is there, as an lwd that has ended left it. */
  domain(name: string, { id, state = 'running', pool = 'Pool-0', lease, batch }: Resident): void {
    const uuid = uuidOf(id);
    const flags = { running: '-b----', half: '-b----', paused: '--p---', ended: '---s--' }[state];
    const reason = state === 'ended' ? '0' : '-';
    writeFileSync(join(this.folder, `domains/${id}`), `${name} 16 1 ${flags} ${uuid} ${reason} ${pool} all\n`);
    const log = join(this.folder, `log/guest-${name}.log`);
    writeFileSync(log, 'said\n');
    const own = pool.startsWith('lwd-') ? `${pool} 1` : '- -';
    writeFileSync(join(this.folder, 'run/domains', uuid), `4194304 1 0 ${own} ${log}\n`);
    const record = { offset: 0, v: 1, image: 'i', log, owner: 'o', started: 0, ...(batch && { batch }) };
    this.#node(id, 'memory/static-max', '16384');
    this.#node(id, 'memory/target', '16384');
    for (const empty of ['control', 'data']) mkdirSync(join(this.folder, `store/local/domain/${id}`, empty));
    if (state !== 'half') this.#node(id, 'lwd/domain', JSON.stringify(record));
    if (state === 'ended') this.#node(id, 'data/lwd/exit', 'v1 code=0');
    if (lease !== undefined)
      writeFileSync(
        join(this.folder, 'run/domains', `${uuid}.lease`),
        `${lease > 5 ? 1_000_000_000 : 0} ${lease} 4194304\n`,
      );
  }

  /** What was written down of a domain that is not there any more. */
  leavings(name: string, id: number, pool: string): void {
    const log = join(this.folder, `log/guest-${name}.log`);
    writeFileSync(log, 'said\n');
    writeFileSync(join(this.folder, 'run/domains', uuidOf(id)), `4194304 1 0 ${pool} 1 ${log}\n`);
  }

  #node(id: number, path: string, value: string): void {
    const folder = join(this.folder, 'store/local/domain', String(id), path);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '='), `${value}\n`);
  }

  pool(name: string, cpu: number): void {
    writeFileSync(join(this.folder, 'pools', name), `${cpu}\n`);
    writeFileSync(join(this.folder, 'pools/Pool-0'), `${1 - cpu}\n`);
  }

  /** The real lwd to its end, in a process group of its own. */
  lwd(words: readonly string[], more: Record<string, string> = {}): Promise<Ended> {
    return this.start(words, more).ended;
  }

  /** `said` resolves when it has said something on stderr, or has ended. */
  start(
    words: readonly string[],
    more: Record<string, string> = {},
  ): { kill(): void; said: Promise<unknown>; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [join(root, 'bin/run.js'), ...words], {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: '1', ...this.env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (out.stdout += chunk));
    child.stderr.on('data', (chunk) => (out.stderr += chunk));
    // What it started may hold on to its output, and is not waited for.
    const ended = new Promise<Ended>((resolve) => {
      child.on('exit', (status) => setImmediate(() => resolve({ ...out, status: status ?? undefined })));
    });
    const said = new Promise((resolve) => child.stderr.once('data', resolve));
    return { kill: () => void child.kill('SIGTERM'), said: Promise.race([said, ended]), ended };
  }

  /** For a run of which dom0's programs are to be counted. */
  get counting(): Record<string, string> {
    return { STAND_IN_STEPS: join(this.folder, 'steps') };
  }

  /** What dom0's programs were called with, in their order, and after which line of lwd's own log of steps. */
  steps(): { what: string; line: number }[] {
    const names = this.names('steps')
      .filter((name) => !name.startsWith('.'))
      .sort((a, b) => Number(a) - Number(b));
    return names.map((name) => {
      const [line, ...words] = this.read(`steps/${name}`).split(' ');
      return { what: words.join(' '), line: Number(line) };
    });
  }

  /** As the command does it, for what is here of an lwd's that died. */
  reconcileHere(): Promise<string[]> {
    return reconcileHere(join(this.folder, 'tmp'), join(this.folder, 'own/lwd'));
  }

  read(path: string): string {
    const file = join(this.folder, path);
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  }

  names(path: string): string[] {
    const folder = join(this.folder, path);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  /** "NAME MIB VCPUS FLAGS POOL CPUS" of each, dom0 not among them. */
  domains(): string[] {
    const ids = this.names('domains').filter((id) => id !== '0' && !id.startsWith('.'));
    return ids
      .map((id) => this.read(`domains/${id}`).split(' '))
      .map(([name, mib, vcpus, flags, , , pool, cpus]) => [name, mib, vcpus, flags, pool, cpus].join(' '))
      .sort();
  }

  /** "NAME: CPUS" of each. */
  pools(): string[] {
    return this.names('pools').map((name) => `${name}: ${this.read(`pools/${name}`)}`);
  }

  /** All that an operation may change, in a form that two runs have in common. */
  state(): string[] {
    const signals = this.names('store/local/domain').flatMap((id) =>
      this.names(`store/local/domain/${id}/data/lwd/signals`),
    );
    const leases = this.names('run/domains').filter((name) => name.endsWith('.lease'));
    const renewed = leases.map((name) =>
      this.read(`run/domains/${name}`).startsWith('1000000000 ') ? 'lease' : 'renewed',
    );
    return [...this.domains(), ...this.pools(), ...signals, ...renewed, ...this.names('log'), ...this.names('kept')];
  }

  /** What of it is half-made, there twice, or of nobody. Temporary files of this machine's are among it. */
  disorder(): string[] {
    const ids = this.names('domains').filter((id) => id !== '0');
    const rows = ids.map((id) => ({ id, words: this.read(`domains/${id}`).split(' ') }));
    const names = rows.map(({ words }) => words[0]);
    const uuids = rows.map(({ words }) => words[4]);
    const cpus = this.names('pools').flatMap((name) => this.read(`pools/${name}`).split(' ').filter(Boolean));
    const pools = this.names('pools').filter((name) => name.startsWith('lwd-'));
    const known = (name: string) => uuids.includes(name.replace('.lease', ''));
    return [
      ...rows
        .filter(({ id }) => this.read(`store/local/domain/${id}/lwd/domain/=`) === '')
        .map(({ words }) => `half-made ${words[0]}`),
      ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `twice ${name}`),
      ...uuids
        .filter((uuid) => !this.names('run/domains').includes(uuid ?? ''))
        .map((uuid) => `not written down ${uuid}`),
      ...this.names('run/domains')
        .filter((name) => !known(name))
        .map((name) => `written down ${name}`),
      ...this.names('run/cpupools').map((name) => `changing pool ${name}`),
      ...this.names('run/claims').map((name) => `claim ${name}`),
      ...pools.filter((pool) => !rows.some(({ words }) => words[6] === pool)).map((pool) => `pool ${pool}`),
      ...(cpus.sort().join() === '0,1' ? [] : [`CPUs ${cpus}`]),
      ...this.names('log')
        .filter((log) => !names.includes(log.slice(6, -4)))
        .map((log) => `log ${log}`),
      ...this.names('store/local/domain')
        .filter((id) => id !== '0' && !ids.includes(id))
        .map((id) => `nodes of ${id}`),
      ...this.names('tmp')
        .filter((name) => name.startsWith('lwd-'))
        .map((name) => `here ${name}`),
      ...this.names('own/lwd')
        .filter((name) => /^(?:ramdisk|\.)/.test(name))
        .map((name) => `here ${name}`),
    ];
  }

  drop(): void {
    this.#consoled.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  }
}
