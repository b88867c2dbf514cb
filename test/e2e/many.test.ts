/** Several domains by one command: what they print, how they end, and what is refused before any of them is made. */
import { afterEach, describe, expect, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson, ownDomain, startLwd, xenDomains } from './lwd.js';

const cwd = guestFolder('member');
/** As many as a quiet machine makes in some seconds; LWD_TEST_DOMAINS=32 for more. */
const many = Number(process.env.LWD_TEST_DOMAINS ?? 8);

afterEach(async () => {
  await lwdEnding(0, ['down', '--all', '--now']);
});

interface Row {
  name: string;
  state: string;
  status: number | null;
  endedBy?: string | null;
}

/** Result of a command with --json that ends with this status. */
async function rows(status: number, args: string[]): Promise<Row[]> {
  const { stdout } = await lwdEnding(status, ['up', '--json', ...args], { cwd, timeout: 300_000 });
  const result = JSON.parse(stdout) as { status: number; domains: Row[] };
  expect(result.status).toBe(status);
  return result.domains;
}

test('many small ones: whole lines of each, in its order; the highest status', async () => {
  const up = await lwdEnding(many - 1, ['up', '--count', String(many), '--parallel', '2', '--', 'say'], {
    cwd,
    timeout: 300_000,
  });
  const lines = up.stdout.trimEnd().split('\n');
  expect(lines.length).toBe(many * 11);
  for (let rank = 0; rank < many; rank += 1) {
    const own = lines.filter((line) => line.startsWith(`rank ${rank} `));
    const expected = Array.from({ length: 10 }, (_, line) => `rank ${rank} of ${many} line ${line}`);
    expect(own).toEqual([...expected, `rank ${rank} ends in the middle of a line`]);
  }
  expect(up.stderr).toMatch(new RegExp(`^${many} domains in [\\d.]+ s: `, 'm'));
  expect(up.stderr).toMatch(/^member-3 +exited\(3\) +3$/m);
  expect(await xenDomains()).toEqual([]);
}, 310_000);

describe('when one fails', () => {
  test('--fail-fast ends the others', async () => {
    const ended = await rows(3, ['--count', '3', '--fail-fast', '--parallel', '3', '--', 'fail']);
    expect(ended.find(({ name }) => name === 'member-1')).toMatchObject({ state: 'exited(3)', endedBy: null });
    for (const { name, endedBy = 'never made' } of ended) {
      if (name !== 'member-1') expect(['fail-fast', 'never made']).toContain(endedBy);
    }
    expect(await xenDomains()).toEqual([]);
  });

  test('those of a pool that does not exist are not made', async () => {
    await lwdEnding(64, ['up', '--count', '2', '--pool', 'nowhere'], { cwd });
    expect(await xenDomains()).toEqual([]);
  });
});

test('a signal ends all of them, and the command', async () => {
  const up = startLwd(['up', '--count', '2', '--', 'sleep'], { cwd });
  await up.printed('sleeps\nsleeps\n');
  up.signal('SIGTERM');
  expect((await up.ended).status).toBe(143);
  expect(await xenDomains()).toEqual([]);
});

test('detached ones are found as a group; a name that is taken, or too much memory, is refused before one is made', async () => {
  const up = await lwdEnding(0, ['up', '-d', '--name', 'set', '--count', '2', '--', 'sleep'], { cwd });
  expect(up.stdout).toBe('set-0\nset-1\n');
  const second = await lwdEnding(73, ['up', '-d', '--name', 'set', '--count', '3', '--', 'sleep'], { cwd });
  expect(second.stderr).toContain('set-0, set-1');
  const large = ['up', '-d', '--name', 'large', '--count', '3', '--memory', '1500M'];
  expect((await lwdEnding(71, large, { cwd })).stderr).toContain('3 domains would take');
  expect(await xenDomains()).toEqual(['set-0', 'set-1']);
  const down = await lwdJson(['down', '--now', '--selector', 'group=set']);
  expect((down as { domains: unknown[] }).domains).toHaveLength(2);
});

test('two commands that choose CPUs at once choose different ones', async () => {
  const names = [ownDomain('one'), ownDomain('two')];
  const up = (name: string) =>
    lwd(['up', '-d', '--name', name, '--cpus', 'auto', '--count', '1', '--', 'sleep'], { cwd });
  const ended = await Promise.all(names.map(up));
  expect(ended.map(({ status }) => status)).toEqual([0, 0]);
  const places = (await dom0('xl', 'vcpu-list')).split('\n').filter((line) => /^(one|two)-/.test(line));
  expect(places.map((line) => / (\d+) \/ all$/.exec(line.trimEnd())?.[1]).sort()).toEqual(['0', '1']);
  expect(await dom0('ls', '/run/lwd/claims')).toBe('');
});
