/** Leases as dom0 keeps them: the script and its guard run here for real, with a stand-in for xl. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { makeHost } from '../../../../src/host/choose.js';
import { LocalHost } from '../../../../src/host/local.js';
import { exec } from '../../../../src/sys/exec.js';
import { recordText } from '../../../../src/xl/facts/domain-record.js';
import { encodeFrame, toChannel } from '../../../../src/xl/facts/process-frames.js';
import { type EndedDomain, launch } from '../../../../src/xl/life/launch.js';
import { parseLease, renewLeases } from '../../../../src/xl/observed/lease.js';
import { reconcile } from '../../../../src/xl/observed/reconcile.js';
import type { DomainStatus } from '../../../../src/xl/observed/status.js';
import { fencedDomains, forgetFenced, parseFenced } from '../../../../src/xl/script/fenced.js';
import { runScript } from '../../../../src/xl/script/run-script.js';
import { launchRequest, processChannelPath, uuid } from '../life/launch-request.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../../fixtures/dom0');
const path = process.env.PATH;
let folder: string;
let processChannel: string;

beforeAll(async () => {
  processChannel = await processChannelPath();
}, 60_000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-lease-'));
  process.env.PATH = `${fixtures}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
  writeFileSync(join(folder, 'kernel'), '');
  writeFileSync(join(folder, 'name'), 't\n');
  // The domain is there until it is destroyed.
  const waiting = 'echo "Waiting for domain t (domid 7) to die [pid $$]" >&2; echo 7 >"$FAKE_DOM0/there"';
  const dies = 'while [ -e "$FAKE_DOM0/there" ]; do sleep 0.02; done; echo "Domain 7 has been destroyed." >&2';
  writeFileSync(join(folder, 'create'), `${waiting}\n${dies}\n`);
  writeFileSync(
    join(folder, 'list'),
    `echo "Name ID Mem VCPUs State Time(s) UUID Reason"
read -r name <"$FAKE_DOM0/name"
[ ! -e "$FAKE_DOM0/there" ] || echo "$name 7 8 1 \${STATE:--b----} 0.1 ${uuid} -"\n`,
  );
  writeFileSync(join(folder, 'destroy'), 'rm -f "$FAKE_DOM0/there"\n');
});

afterEach(() => {
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  delete process.env.STATE;
  rmSync(join(folder, 'there'), { force: true });
  // A guard may be about to end.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

/** lwd's record of the domain, with the job that it is of. */
const recordOfJob = `{"offset":0,${recordText({
  ...{ image: 'i', symbols: undefined, owner: 'o', log: '/l', started: 100 },
  batch: { system: 'slurm', job: '9', step: '0', rank: 0, restart: 0 },
}).slice(1)}`;

const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');
const leases = () =>
  existsSync(join(folder, 'runs')) ? readdirSync(join(folder, 'runs')).filter((name) => name.endsWith('.lease')) : [];
const isThere = () => existsSync(join(folder, 'there'));

/** Of real time: what a lease is made of. */
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

interface Runner {
  stdin: Writable;
  /** Words for the script. */
  tell(line: string): void;
  ended: Promise<unknown>;
  said(): string;
}

/** The script with a runner that renews as the test says. */
async function begin(limit: number, mode = 'attach'): Promise<Runner> {
  let words = '';
  const args = [mode, uuid, String(limit), join(folder, 'guest-t.log'), '', join(folder, 'kernel'), '', '{}', ''];
  args.push(processChannel, '');
  let stdin: Writable | undefined;
  const ended = exec(
    ['sh', '-c', runScript({ lease: true, pool: false, shell: false, volumes: false }), 'lwd', ...args],
    {
      timeout: 20_000,
      shielded: true,
      onStdout: () => {},
      onStderr: (chunk) => {
        words += chunk;
      },
      onStdin: (end) => {
        stdin = end;
      },
    },
  );
  await expect.poll(() => words).toContain('started');
  const tell = (line: string) => void stdin?.write(encodeFrame(toChannel.words, Buffer.from(`${line}\n`)));
  return { stdin: stdin as Writable, tell, ended, said: () => words };
}

describe('a lease', () => {
  test('that nobody renews any more ends the domain, which is told as such', async () => {
    const { tell, ended, said } = await begin(1);
    tell('alive 100');
    await expect.poll(said, { timeout: 8000 }).toContain('ended fenced');
    expect(calls()).toContain('xl destroy 7');
    tell('usage');
    await expect.poll(said).toContain('t 7 8 1 -b---- 0.1\nlwd1 shown');
    expect(await fencedDomains(new LocalHost(), () => true)).toHaveLength(1);
    tell('destroy');
    await ended;
    expect(leases()).toEqual([]);
    // Who stayed with it was told.
    expect(await fencedDomains(new LocalHost(), () => true)).toEqual([]);
  });

  test('ends the domain after the runner has gone', async () => {
    const { stdin, ended } = await begin(1);
    stdin.end();
    await ended;
    expect(isThere()).toBe(false);
    expect(leases()).toEqual([]);
  });

  test('is kept by a runner that is alive, and costs nothing when the domain ends by itself', async () => {
    const { tell, ended, said } = await begin(3);
    for (let second = 0; second < 4; second++) {
      tell(`alive ${200 + second}`);
      await seconds(1);
    }
    expect(said()).not.toContain('ended');
    rmSync(join(folder, 'there'));
    await expect.poll(said).toContain('ended gone');
    tell('destroy');
    await ended;
    expect(calls()).not.toContain('xl destroy 7');
    expect(leases()).toEqual([]);
  }, 15_000);

  test('is not renewed by words that were held up on their way', async () => {
    const { tell, ended, said } = await begin(2);
    tell('alive 300');
    // Each says that it was written in the first second.
    const late = setInterval(() => tell('alive 300'), 200);
    await expect.poll(said, { timeout: 8000 }).toContain('ended fenced');
    clearInterval(late);
    tell('destroy');
    await ended;
  }, 15_000);

  test('outlives the script: its guard ends the domain, and clears up behind it', async () => {
    writeFileSync(join(folder, 'record'), recordOfJob);
    const { ended } = await begin(1);
    const lease = readFileSync(join(folder, 'runs', `${uuid}.lease`), 'utf8').split(' ');
    const { stdout } = await exec(['ps', '-o', 'ppid=', '-p', String(Number(lease[2]))], { timeout: 5000 });
    const script = Number(stdout);
    process.kill(-script, 'SIGKILL');
    await ended;
    expect(isThere()).toBe(true);
    await expect.poll(isThere, { timeout: 8000 }).toBe(false);
    await expect.poll(leases, { timeout: 4000 }).toEqual([]);
    // What it had used is there for whoever ends the job.
    const host = new LocalHost();
    expect(await fencedDomains(host, (batch) => batch?.job !== '9')).toEqual([]);
    const fenced = await fencedDomains(host, (batch) => batch?.job === '9');
    const used = { cpuSeconds: 0.1, memory: 8, vcpus: 1 };
    expect(fenced).toMatchObject([{ name: 't', uuid, used, record: { started: 100 } }]);
    expect(Math.abs((fenced[0]?.ended ?? 0) - Date.now() / 1000)).toBeLessThan(15);
    await forgetFenced(host, fenced);
    expect(await fencedDomains(host, () => true)).toEqual([]);
  }, 15_000);

  test('that ran out with nobody to guard it is ended by the next look, and noted too', async () => {
    mkdirSync(join(folder, 'runs'));
    writeFileSync(join(folder, 'there'), '7');
    writeFileSync(join(folder, 'runs', `${uuid}.lease`), '-100 1 1\n');
    await reconcile(new LocalHost(), 60);
    expect(isThere()).toBe(false);
    expect(await fencedDomains(new LocalHost(), () => true)).toMatchObject([{ name: 't', record: undefined }]);
  });

  test('leaves a domain alone that has ended by itself, even before its script was through', async () => {
    process.env.STATE = '---s--';
    // Its record takes longer than its lease.
    const slow = join(folder, 'slow');
    mkdirSync(slow);
    writeFileSync(join(slow, 'xenstore-write'), '#!/bin/sh\nsleep 3\n');
    chmodSync(join(slow, 'xenstore-write'), 0o755);
    process.env.PATH = `${slow}:${process.env.PATH}`;
    const { ended } = await begin(1, 'detach');
    await ended;
    await expect.poll(leases, { timeout: 8000 }).toEqual([]);
    expect(isThere()).toBe(true);
    expect(calls()).not.toContain('xl destroy 7');
  }, 15_000);

  test('of a detached domain is renewed by command', async () => {
    const { ended } = await begin(8, 'detach');
    await ended;
    const domains = [{ name: 't', id: 7, uuid, state: 'running' }] as DomainStatus[];
    for (let round = 0; round < 10; round++) {
      const [renewed] = await renewLeases(new LocalHost(), domains);
      expect(renewed).toMatchObject({ name: 't', seconds: 8, complaint: undefined });
      await seconds(1);
    }
    expect(isThere()).toBe(true);
    await expect.poll(isThere, { timeout: 16_000 }).toBe(false);
    await expect.poll(leases, { timeout: 4000 }).toEqual([]);
    expect(await renewLeases(new LocalHost(), domains)).toMatchObject([{ seconds: undefined }]);
  }, 40_000);
});

describe('the lease of who claims a shell', () => {
  /** The claiming program gives the shell its lease, and then does what the test says. */
  async function claim(then: string): Promise<void> {
    const keeper = spawn('sleep', ['60'], { stdio: 'ignore' });
    onTestFinished(() => void keeper.kill());
    mkdirSync(join(folder, 'runs'));
    writeFileSync(join(folder, 'runs', uuid), `${keeper.pid} 1 0 - shell ${join(folder, 'guest-x.log')}\n`);
    writeFileSync(join(folder, 'there'), '7');
    const claimer = join(folder, 'claimer');
    writeFileSync(claimer, `#!/bin/sh\n[ $1 = claim ] || exit 0\nshift 6\n"$@" ${uuid} || exit 2\n${then}\n`);
    chmodSync(claimer, 0o755);
    const args = [
      'detach',
      uuid,
      '1',
      join(folder, 'guest-t.log'),
      '',
      join(folder, 'kernel'),
      '',
      '{}',
      '',
      claimer,
      '',
    ];
    const script = runScript({ lease: true, pool: false, shell: true, volumes: false });
    const command = ['sh', '-c', script, 'lwd', ...args, 'lwd-shell-', 't', ''] as const;
    await exec([...command], { timeout: 20_000, onStdout: () => {}, onStderr: () => {} });
  }

  test('is there before it is claimed, and ends it', async () => {
    await claim(`cp "$LWD_RUNS/${uuid}.lease" "$FAKE_DOM0/lease"; echo 7 ${uuid} lwd-shell-x - -`);
    expect(readFileSync(join(folder, 'lease'), 'utf8')).toMatch(/^\d+ 1 \d+$/m);
    await expect.poll(isThere, { timeout: 8000 }).toBe(false);
    await expect.poll(leases, { timeout: 4000 }).toEqual([]);
  }, 15_000);

  test('that was killed before it was his: the shell stays, and if it was his nevertheless, it goes', async () => {
    writeFileSync(join(folder, 'name'), 'lwd-shell-x\n');
    await claim('kill -9 $PPID');
    await seconds(4);
    expect(isThere()).toBe(true);
    expect(calls()).toContain('xl list -v');
    writeFileSync(join(folder, 'name'), 't\n');
    await expect.poll(isThere, { timeout: 8000 }).toBe(false);
    await expect.poll(leases, { timeout: 4000 }).toEqual([]);
  }, 25_000);

  test('that was killed before it was his: whoever claims it after that is not ended by it', async () => {
    writeFileSync(join(folder, 'name'), 'lwd-shell-x\n');
    await claim('kill -9 $PPID');
    const [, , guard] = readFileSync(join(folder, 'runs', `${uuid}.lease`), 'utf8')
      .trim()
      .split(' ');
    await expect.poll(() => calls().includes('xl list -v'), { timeout: 8000 }).toBe(true);
    // As the claiming program does for one without a lease, while nobody else can claim.
    rmSync(join(folder, 'runs', `${uuid}.lease`));
    writeFileSync(join(folder, 'name'), 'other\n');
    await expect.poll(() => existsSync(`/proc/${guard}`), { timeout: 8000 }).toBe(false);
    expect(isThere()).toBe(true);
    expect(calls()).not.toContain('xl destroy 7');
  }, 25_000);
});

test('launch renews while it waits', async () => {
  let end: EndedDomain | undefined;
  const request = launchRequest(folder, processChannel, {
    lease: 2,
    onEnded: async (domain) => {
      end = domain;
      return 'destroy';
    },
  });
  const launched = launch(new LocalHost(), request);
  await seconds(4.5);
  expect(isThere()).toBe(true);
  rmSync(join(folder, 'there'));
  await launched;
  expect(end).toMatchObject({ reason: 'gone' });
  await expect.poll(() => existsSync(join(folder, 'guest-t.log.end'))).toBe(false);
}, 15_000);

test('what was written down of a fenced domain is read as far as it is whole', () => {
  const row = `t 7 8 1 -b---- 0.1 ${uuid} -`;
  const used = { cpuSeconds: 0.1, memory: 8, vcpus: 1 };
  const text = `--- ${uuid}\n1700000000\n${row}\n${recordOfJob}\n--- x\n17\n--- y\n\n${row}\n\n--- z\n12\n${row}`;
  expect(parseFenced(text)).toMatchObject([
    { name: 't', uuid, ended: 1_700_000_000, used, record: { batch: { job: '9' } } },
    { name: 't', uuid, ended: 12, used, record: undefined },
  ]);
  fc.assert(
    fc.property(fc.string(), (garbage) => {
      expect(parseFenced(garbage)).toEqual([]);
    }),
  );
});

test('a lease has bounds, and is of no use where time is not real', () => {
  expect(parseLease('20s', {})).toBe(20);
  expect(() => parseLease('1s', {})).toThrow('too short');
  expect(() => parseLease('2d', {})).toThrow('too long');
  // Whatever it is called.
  for (const address of ['embedded-icount', 'embedded-icount:two'] as const) {
    expect(() => parseLease('20s', makeHost({ name: 'bench', address }, 'the test'))).toThrow('virtual time');
  }
});
