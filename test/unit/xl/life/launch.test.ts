/**
 * The program that runs in dom0, run here for real (sh, the process channel, pipes) with stand-ins for Xen's tools: both sides of
 * the protocol, and what is left behind.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../../src/exit-codes.js';
import { LocalHost } from '../../../../src/host/local.js';
import { LostConnection } from '../../../../src/host/lost.js';
import { xenstoredScript } from '../../../../src/host/xenstored.js';
import { exec } from '../../../../src/sys/exec.js';
import { type EndedDomain, type LaunchRequest, launch } from '../../../../src/xl/life/launch.js';
import { runScript } from '../../../../src/xl/script/run-script.js';
import { launchRequest, processChannelPath } from './launch-request.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../../fixtures/dom0');
const path = process.env.PATH;
let folder: string;
let log: string;
let out: Buffer[];
let processChannel: string;

beforeAll(async () => {
  processChannel = await processChannelPath();
}, 60_000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-launch-'));
  log = join(folder, 'guest-t.log');
  out = [];
  process.env.PATH = `${fixtures}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LOG = log;
  process.env.LWD_RUNS = join(folder, 'runs');
  writeFileSync(join(folder, 'kernel'), '');
});

afterEach(() => {
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  // What was left to itself may still be at its last line.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

/** What `xl create -F` does in this test: lines of shell. */
function scenario(...lines: string[]): void {
  writeFileSync(join(folder, 'create'), `${lines.join('\n')}\n`);
}

const waiting = 'echo "Waiting for domain t (domid 7) to die [pid $$]" >&2';
const ended = (reason: number) => `echo "Domain 7 has shut down, reason code ${reason} 0x${reason}" >&2`;

function request(changes: Partial<LaunchRequest> = {}): LaunchRequest {
  return launchRequest(folder, processChannel, {
    onConsole: (chunk) => void out.push(Buffer.from(chunk)),
    ...changes,
  });
}

function shown(): string {
  return Buffer.concat(out).toString('latin1');
}

/** The log is put in order after launch has resolved; nobody may use it while this file is there. */
async function inOrder(): Promise<void> {
  await expect.poll(() => existsSync(`${log}.end`)).toBe(false);
}

function calls(): string[] {
  return readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');
}

describe('a domain that runs to its end', () => {
  test('is shown whole, judged, destroyed, and leaves nothing', async () => {
    scenario(waiting, 'printf "first\\nlast" >>"$LOG"', ended(0));
    writeFileSync(
      join(folder, 'xenstore-ls'),
      '/local/domain/7/data/lwd = ""\n/local/domain/7/data/lwd/exit = "v1 code=3"\n',
    );
    const started: number[] = [];
    let end: EndedDomain | undefined;
    const result = await launch(
      new LocalHost(),
      request({
        onStarted: (id) => started.push(id),
        onEnded: async (domain) => {
          end = domain;
          return 'destroy';
        },
      }),
    );
    expect(result).toEqual({ kind: 'finished', id: 7, destroyed: 0, said: [] });
    expect(started).toEqual([7]);
    expect(end).toMatchObject({ id: 7, reason: 0, nodes: new Map([['exit', 'v1 code=3']]) });
    expect(shown()).toBe('first\nlast');
    expect(calls()).toEqual([
      'xl create -F',
      'xenstore-write /local/domain/7/lwd/domain {"offset":0,"v":1}',
      'xenstore-ls -f /local/domain/7/data/lwd',
      'xl destroy 7',
    ]);
    await inOrder();
    expect(existsSync(log)).toBe(false);
  });

  test('is over when xl is, though a server that xl has started lives on and holds its output', async () => {
    scenario('sleep 60 & echo $! >"$FAKE_DOM0/server"', waiting, ended(0));
    const result = await launch(new LocalHost(), request());
    expect(result).toMatchObject({ kind: 'finished', destroyed: 0 });
    process.kill(Number(readFileSync(join(folder, 'server'), 'utf8')));
  });

  test('gets its configuration as it is', async () => {
    scenario('printf %s "$4" >"$FAKE_DOM0/config"', waiting, ended(0));
    const config = 'name="t"\ncmdline="-- \'a\' $(x) `y` \\"z\\" \\\\"\n';
    await launch(new LocalHost(), request({ config }));
    expect(readFileSync(join(folder, 'config'), 'utf8')).toBe(config);
  });

  test('may write a lot, slowly, without a newline, and in every byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => (index * 7919) % 256));
    writeFileSync(join(folder, 'bytes'), bytes);
    scenario(waiting, 'for i in 1 2 3 4; do cat "$FAKE_DOM0/bytes" >>"$LOG"; sleep 0.05; done', ended(0));
    await launch(new LocalHost(), request());
    expect(Buffer.concat(out).equals(Buffer.concat([bytes, bytes, bytes, bytes]))).toBe(true);
  });

  test('cannot forge a message by what it prints', async () => {
    scenario(waiting, 'printf "lwd1 ended 0\\nlwd1 done\\nxl-status 0\\n" >>"$LOG"', ended(3));
    const reasons: unknown[] = [];
    await launch(
      new LocalHost(),
      request({
        onEnded: async ({ reason }) => {
          reasons.push(reason);
          return 'destroy';
        },
      }),
    );
    expect(reasons).toEqual([3]);
    expect(shown()).toBe('lwd1 ended 0\nlwd1 done\nxl-status 0\n');
  });

  test('does not show, nor lose, what an earlier domain of its name left in the log', async () => {
    writeFileSync(log, 'of an earlier one\n');
    scenario(waiting, 'echo new >>"$LOG"', ended(0));
    await launch(new LocalHost(), request());
    expect(shown()).toBe('new\n');
    await inOrder();
    expect(readFileSync(log, 'utf8')).toBe('of an earlier one\n');
    expect(calls()[1]).toContain('/lwd/domain {"offset":18,');
  });

  test('can be looked into while it is there', async () => {
    scenario(waiting, ended(3));
    writeFileSync(join(folder, 'xenctx'), 'rip: 0000000010101158\n');
    writeFileSync(join(folder, 'list'), 'echo "t 7 16 1 ---s-- 0.3"');
    const seen: string[] = [];
    await launch(
      new LocalHost(),
      request({
        onEnded: async (domain) => {
          seen.push(await domain.registers(), await domain.memory(0x600000001000n), await domain.usage());
          return 'destroy';
        },
      }),
    );
    expect(seen).toEqual(['rip: 0000000010101158', 'rip: 0000000010101158', 't 7 16 1 ---s-- 0.3']);
    const looks = ['xenctx -a 7', 'xenctx -t -n 2 -l MAX -d 0x600000001000 7', 'xl list 7'];
    expect(calls().slice(3)).toEqual([...looks, 'xl destroy 7']);
  });

  test('is told of, if it cannot be destroyed', async () => {
    scenario(waiting, ended(0));
    writeFileSync(join(folder, 'destroy'), 'echo "libxl: error: still mapped" >&2; exit 3');
    expect(await launch(new LocalHost(), request())).toMatchObject({
      kind: 'finished',
      destroyed: 3,
      said: ['libxl: error: still mapped'],
    });
  });

  test('waits for the removal of an earlier log of its name', async () => {
    writeFileSync(log, 'about to go\n');
    writeFileSync(`${log}.end`, '');
    scenario(waiting, 'echo new >>"$LOG"', ended(0));
    setTimeout(() => {
      rmSync(log);
      rmSync(`${log}.end`);
    }, 200);
    await launch(new LocalHost(), request());
    expect(shown()).toBe('new\n');
    await inOrder();
    expect(existsSync(log)).toBe(false);
  });

  test('can be kept, with its log', async () => {
    scenario(waiting, 'printf "last words" >>"$LOG"', ended(3));
    const result = await launch(new LocalHost(), request({ onEnded: async () => 'keep' }));
    expect(result).toMatchObject({ kind: 'finished', destroyed: undefined });
    expect(shown()).toBe('last words');
    expect(readFileSync(log, 'utf8')).toBe('last words');
    expect(calls()).not.toContain('xl destroy 7');
  });
});

describe('a domain that is not created', () => {
  test('because its name is taken: the other one keeps its log', async () => {
    writeFileSync(log, 'of the other one\n');
    scenario('echo "libxl: error: Domain 8:Domain with name \\"t\\" already exists." >&2', 'exit 3');
    const result = await launch(new LocalHost(), request());
    expect(result).toMatchObject({ kind: 'failed', status: 3 });
    expect(result.kind === 'failed' && result.said.join()).toContain('already exists');
    expect(readFileSync(log, 'utf8')).toBe('of the other one\n');
  });

  test('for another reason: nothing is left', async () => {
    scenario('echo "xc: error: no memory" >&2', 'exit 3');
    expect(await launch(new LocalHost(), request())).toEqual({
      kind: 'failed',
      status: 3,
      said: ['xc: error: no memory'],
    });
    expect(existsSync(log)).toBe(false);
    expect(calls()).toEqual(['xl create -F']);
  });

  test('because a file is missing: xl is not even asked', async () => {
    scenario(waiting);
    const ramdisk = join(folder, 'not there');
    expect(await launch(new LocalHost(), request({ ramdisk }))).toEqual({ kind: 'missing', file: ramdisk });
    expect(existsSync(join(folder, 'calls'))).toBe(false);
    expect(existsSync(log)).toBe(false);
  });
});

describe('an xl that is killed while it creates', () => {
  const row = (uuid: string) => `echo "t  9  8  1  --p---  0.0  ${uuid}  -  -"`;

  test('leaves nothing: what there is of the domain is destroyed', async () => {
    scenario('kill -9 $$');
    const wanted = request();
    writeFileSync(join(folder, 'list'), `${row('6c776400-0000-8000-8000-000000000000')}\n${row(wanted.uuid)}\n`);
    expect(await launch(new LocalHost(), wanted)).toEqual({
      kind: 'failed',
      status: 137,
      said: ['it was ended by signal 9'],
    });
    expect(calls()).toEqual(['xl create -F', 'xl list -v', 'xl destroy 9']);
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  });

  test('and whose domain cannot be destroyed: it is written down for the next look', async () => {
    scenario('kill -9 $$');
    const wanted = request();
    writeFileSync(join(folder, 'list'), row(wanted.uuid));
    writeFileSync(join(folder, 'destroy'), 'exit 3');
    expect(await launch(new LocalHost(), wanted)).toMatchObject({ kind: 'failed', status: 137 });
    expect(readdirSync(join(folder, 'runs'))).toEqual([wanted.uuid]);
  });
});

describe('a domain that is left alone', () => {
  test('on purpose: xl goes, the domain and its log stay', async () => {
    scenario('echo $$ >"$FAKE_DOM0/pid"', waiting, 'exec sleep 60');
    expect(await launch(new LocalHost(), request({ mode: 'detach' }))).toEqual({ kind: 'detached', id: 7 });
    expect(calls()).toEqual(['xl create -F', 'xenstore-write /local/domain/7/lwd/domain {"offset":0,"v":1}']);
    expect(existsSync(log)).toBe(true);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('because lwd has gone: nobody destroys it, and its status and log stay', async () => {
    scenario(waiting, 'while [ ! -f "$FAKE_DOM0/go" ]; do sleep 0.01; done', 'echo words >>"$LOG"', ended(0));
    let resolve = () => {};
    const started = new Promise<void>((wake) => {
      resolve = wake;
    });
    const args = ['attach', 'uuid', '', log, 'name="t"\n', join(folder, 'kernel'), '', '{}', '', processChannel, ''];
    const script = exec(
      ['sh', '-c', runScript({ lease: false, pool: false, shell: false, volumes: false }), 'lwd', ...args],
      {
        timeout: 10_000,
        onStdout: () => {},
        onStderr: (chunk) => {
          if (String(chunk).includes('started')) resolve();
        },
        // As the end of lwd does: nobody writes any more.
        onStdin: (stdin) => void started.then(() => stdin.end(() => writeFileSync(join(folder, 'go'), ''))),
      },
    );
    expect((await script).timedOut).toBe(false);
    expect(calls()).not.toContain('xl destroy 7');
    expect(readFileSync(log, 'utf8')).toBe('words\n');
  });

  test('because the decision failed: it stays, and the failure is told', async () => {
    scenario(waiting, ended(0));
    const refused = launch(
      new LocalHost(),
      request({
        onEnded: async () => {
          throw new Error('cannot decide');
        },
      }),
    );
    await expect(refused).rejects.toThrow('cannot decide');
    expect(calls()).not.toContain('xl destroy 7');
    expect(existsSync(log)).toBe(true);
  });
});

describe('a domain that writes more to its console than its log may have', () => {
  const lines = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => `line ${String(from + index).padStart(8, '0')}\n`).join('');
  const notice = /^lwd: (\d+) bytes of this console are gone: its log may have 70000 \(domain\.max_console_log\)\n/;

  test('is shown whole, and keeps its last lines', async () => {
    writeFileSync(log, 'of an earlier one\n');
    for (const part of [0, 1, 2, 3, 4, 5]) writeFileSync(join(folder, `part${part}`), lines(part * 2000, 2000));
    const cut = '[ "$(head -c 22 "$LOG" | tail -c 4)" = "lwd:" ]';
    const write = (part: number) => `cat "$FAKE_DOM0/part${part}" >>"$LOG"`;
    // Each is 28 kB: a third and a fifth are too many.
    const calm = `until ${cut}; do sleep 0.01; done; sleep 0.05`;
    scenario(
      waiting,
      write(0),
      write(1),
      write(2),
      calm,
      ...[3, 4, 5].flatMap((part) => [write(part), 'sleep 0.1']),
      ended(0),
    );
    await launch(new LocalHost(), request({ logLimit: 70_000, onEnded: async () => 'keep' }));
    await inOrder();
    expect(shown()).toBe(lines(0, 12_000));
    const kept = readFileSync(log, 'utf8');
    expect(kept.startsWith('of an earlier one\n')).toBe(true);
    const own = kept.slice('of an earlier one\n'.length);
    const rest = own.replace(notice, '');
    expect(lines(0, 12_000).endsWith(rest)).toBe(true);
    expect(rest).toMatch(/^line /);
    expect(Number(notice.exec(own)?.[1])).toBe(12_000 * 14 - rest.length);
    expect(rest.length).toBeLessThan(70_000);
  });

  test('is cut while nobody stays with it, until what is written down of it goes', async () => {
    for (const part of [0, 1, 2]) writeFileSync(join(folder, `part${part}`), lines(part * 2000, 2000));
    scenario(waiting, 'cat "$FAKE_DOM0"/part? >>"$LOG"', 'exec sleep 60');
    const detached = request({ mode: 'detach', logLimit: 70_000 });
    expect(await launch(new LocalHost(), detached)).toEqual({ kind: 'detached', id: 7 });
    await expect.poll(() => notice.test(readFileSync(log, 'utf8')), { timeout: 20_000 }).toBe(true);
    expect(lines(0, 6000).endsWith(readFileSync(log, 'utf8').replace(notice, ''))).toBe(true);
    const keepers = () =>
      readdirSync('/proc').filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(log);
        } catch {
          return false;
        }
      });
    expect(keepers()).toHaveLength(1);
    rmSync(join(folder, 'runs', detached.uuid));
    await expect.poll(keepers, { timeout: 20_000 }).toEqual([]);
  }, 60_000);
});

describe('a domain whose dom0 loses xenstored', () => {
  /** The attendant as it is, which says first that it has lost it. */
  function attendant(): string {
    const file = join(folder, 'attendant');
    writeFileSync(file, `#!/bin/sh\necho 'lwd1 store-lost' >&2\nexec ${processChannel} "$@"\n`, { mode: 0o700 });
    return file;
  }

  const dom0 = (state: string) =>
    new (class extends LocalHost {
      override script(...[text, args, options]: Parameters<LocalHost['script']>) {
        return super.script(text === xenstoredScript ? `echo ${state}` : text, args, options);
      }
    })();

  test('is left alone at once, and its end is not waited for', async () => {
    scenario(waiting, 'until [ -e "$FAKE_DOM0/go" ]; do sleep 0.01; done', 'echo later >>"$LOG"');
    const launched = launch(dom0('gone'), request({ processChannel: attendant() }));
    await expect(launched).rejects.toMatchObject({
      message: expect.stringMatching(/^xenstored of local has died: .*; domain t \(\d+\) runs on, and nobody can tell/),
      exitCode: exitCodes.outcomeUnknown.code,
      next: expect.arrayContaining([expect.stringContaining('the host needs a reboot'), expect.stringContaining(log)]),
    });
    writeFileSync(join(folder, 'go'), '');
    await expect.poll(() => readFileSync(log, 'utf8')).toBe('later\n');
    expect(calls()).not.toContain('xl destroy 7');
  });

  test('is stayed with if xenstored is there after all', async () => {
    scenario(waiting, ended(0));
    expect(await launch(dom0('S'), request({ processChannel: attendant() }))).toMatchObject({ kind: 'finished' });
  });
});

test('a script that dies while it is asked: who asks on gets no answer, and nobody waits for ever', async () => {
  scenario(waiting, ended(3));
  writeFileSync(join(folder, 'list'), 'kill -9 $PPID');
  const answers: string[] = [];
  const onEnded: LaunchRequest['onEnded'] = async (domain) => {
    for (const ask of [domain.usage, domain.registers, domain.usage]) answers.push(await ask());
    return 'destroy';
  };
  const broken = launch(new LocalHost(), request({ onEnded }));
  await expect(broken).rejects.toMatchObject({ exitCode: exitCodes.outcomeUnknown.code });
  expect(answers).toEqual(['', '', '']);
});

describe('a domain that somebody else ends', () => {
  test('destroyed: what it leaves in xenstore is removed', async () => {
    scenario(waiting, 'echo "Domain 7 has been destroyed." >&2');
    const reasons: unknown[] = [];
    const onEnded: LaunchRequest['onEnded'] = async ({ reason }) => {
      reasons.push(reason);
      return 'destroy';
    };
    expect(await launch(new LocalHost(), request({ onEnded }))).toMatchObject({ kind: 'finished', destroyed: 0 });
    expect(reasons).toEqual(['gone']);
    expect(calls()).toContain('xenstore-rm -t /local/domain/7/lwd');
    expect(calls()).not.toContain('xl destroy 7');
    await inOrder();
    expect(existsSync(log)).toBe(false);
  });

  test('xl is killed: the reason is not known', async () => {
    scenario(waiting, 'kill -9 $$');
    const reasons: unknown[] = [];
    const onEnded: LaunchRequest['onEnded'] = async ({ reason }) => {
      reasons.push(reason);
      return 'destroy';
    };
    await launch(new LocalHost(), request({ onEnded }));
    expect(reasons).toEqual(['lost']);
  });

  test('the script is killed: the outcome is unknown', async () => {
    scenario(waiting, 'kill -9 $(cut -d" " -f4 /proc/$PPID/stat)', 'exec sleep 0.1');
    const lost = launch(new LocalHost(), request());
    await expect(lost).rejects.toMatchObject({ name: 'HostError', exitCode: 75 });
  });
});

test('a domain that is held is made paused, told of, and not unpaused by us', async () => {
  scenario(waiting, 'echo "$@" >"$FAKE_DOM0/arguments"', 'printf "late" >>"$LOG"', ended(0));
  const started: number[] = [];
  const result = await launch(new LocalHost(), request({ mode: 'hold', onStarted: (id) => started.push(id) }));
  expect(result).toMatchObject({ kind: 'finished', id: 7 });
  expect(started).toEqual([7]);
  expect(shown()).toBe('late');
  expect(readFileSync(join(folder, 'arguments'), 'utf8')).toContain('create -F -p ');
  expect(calls()).not.toContain('xl unpause 7');
  await inOrder();
});

describe('a connection that is lost', () => {
  /** Loses the connection when the script has written this on stderr, or at its end. */
  class LosingHost extends LocalHost {
    readonly #after: string | undefined;

    constructor(after: string | undefined) {
      super();
      this.#after = after;
    }

    override async script(...[text, args, options]: Parameters<LocalHost['script']>): ReturnType<LocalHost['script']> {
      const lost = new AbortController();
      const onStderr = (chunk: Uint8Array) => {
        if (lost.signal.aborted) return;
        options.onStderr?.(chunk);
        if (this.#after !== undefined && Buffer.from(chunk).includes(this.#after)) lost.abort();
      };
      await super.script(text, args, { ...options, onStderr, signal: lost.signal });
      throw new LostConnection('local', 'sh -c …', []);
    }
  }

  test('when all was told does not matter', async () => {
    scenario(waiting, ended(0));
    expect(await launch(new LosingHost(undefined), request())).toMatchObject({ kind: 'finished', id: 7 });
  });

  test('before says that nothing is known, and how to find out', async () => {
    scenario(waiting, 'sleep 60');
    const error = await launch(new LosingHost('started 7'), request()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      exitCode: exitCodes.outcomeUnknown.code,
      message: 'local: the connection broke off while domain t (7) was there',
      next: expect.arrayContaining([expect.stringContaining('lwd wait t --host local; or end it: lwd down t')]),
    });
  });
});
