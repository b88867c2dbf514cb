/**
 * Several at once that choose CPUs on one host: the real scripts in a real shell, and an `xl` that tells of as many CPUs as are
 * wanted here and of the domains that were "created" meanwhile.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LwdError, UserError } from '../../../../src/errors.js';
import { exitCodes } from '../../../../src/exit-codes.js';
import { LocalHost } from '../../../../src/host/local.js';
import type { ExecOptions, ExecResult } from '../../../../src/sys/exec.js';
import { chooseTogether } from '../../../../src/xl/place/choose-together.js';
import { type Claim, claimsFolder } from '../../../../src/xl/place/claim.js';
import { findRoom } from '../../../../src/xl/place/place.js';
import type { DomainWish } from '../../../../src/xl/spec/spec.js';
import { bareSettings } from '../../../../src/xl/spec/wish.js';

const cores = 5;

/** Its state is a folder with a file for each domain, which holds the CPU that the domain has. */
const xl = `#!/bin/sh
here=\${0%/*}
case "$1 $2" in
"info -n")
  echo "free_memory            : 3000"
  echo "cpu_topology           :"
  cpu=0
  while [ $cpu -lt ${cores} ]; do echo "  $cpu:       $cpu        0        0"; cpu=$((cpu + 1)); done
  echo "device topology        :"
  echo "numa_info              :"
  echo "   0:      5120       3000      10" ;;
"vcpu-list "*)
  for file in "$here"/domains/*; do
    [ -e "$file" ] || continue
    read -r id cpu <"$file"
    echo "\${file##*/}   $id   0   $cpu   r--   1.0 $cpu / all"
  done ;;
"cpupool-list "*)
  if [ "$2" = -c ]; then echo "Pool-0  ${[...Array(cores).keys()].join(',')}"
  else echo "Pool-0  ${cores}  credit2  y  1"; fi ;;
esac
exit 0`;

let folder: string;

class HostWithCpus extends LocalHost {
  override script(text: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const own = args.map((arg) => (arg === claimsFolder ? join(folder, 'claims') : arg));
    return super.script(text, own, { ...options, env: { PATH: `${folder}:${process.env.PATH}` } });
  }
}

function wish(name: string): DomainWish {
  return {
    ...bareSettings,
    ...{ name, args: [name], kernel: { types: ['pv'], guestOs: 'lwd', hasSymbols: false } },
    settings: { ...bareSettings.domain, cpus: 'auto' },
  };
}

const nothing = { numa: undefined, pool: undefined };
let ids = 0;

/** As a command does it: finds room, has the domains made, and lets go. Gives the CPUs, or the refusal. */
async function up(names: string[], patience = 30_000): Promise<string[] | LwdError> {
  try {
    const { placed, release } = await findRoom(new HostWithCpus(), names.map(wish), { ...nothing, patience });
    const cpus = placed.map((one) => one.wish.settings.cpus ?? '');
    for (const [index, cpu] of cpus.entries()) {
      ids += 1;
      writeFileSync(join(folder, 'domains', names[index] ?? ''), `${ids} ${cpu}\n`);
    }
    await release();
    return cpus;
  } catch (error) {
    if (error instanceof LwdError) return error;
    throw error;
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-claim-'));
  mkdirSync(join(folder, 'domains'));
  writeFileSync(join(folder, 'xl'), xl, { mode: 0o755 });
});

afterEach(() => rmSync(folder, { recursive: true }));

test('what does not fit is refused before its folders and disks are copied; of one that has none xl is the judge', async () => {
  const large = (changes: object) => {
    const own = wish('large');
    return { ...own, ...changes, settings: { ...own.settings, cpus: undefined, memory: 2 ** 32, maxmem: 2 ** 32 } };
  };
  const folders = [{ source: '/data', target: '/data', readonly: false }];
  for (const copied of [{ volumes: folders }, { disks: [{ source: '/d', target: 'xvda', readonly: false }] }]) {
    const found = findRoom(new HostWithCpus(), [large(copied)], nothing);
    await expect(found).rejects.toMatchObject({ exitCode: exitCodes.noResources.code });
  }
  expect((await findRoom(new HostWithCpus(), [large({})], nothing)).placed.length).toBe(1);
});

describe('--cpus auto', () => {
  test('two of one command get two cores', async () => {
    expect(await up(['a', 'b'])).toEqual(['4', '3']);
  });

  test('one that waits for the end of another gets the same, and those that are there together do not', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'last'];
    const before = (first: string, second: string) => first !== 'last' && second === 'last';
    const room = (flags: object) =>
      findRoom(new HostWithCpus(), names.slice(2).map(wish), { ...nothing, ...flags }).then(async (found) => {
        await found.release();
        return found.placed.map((one) => one.wish.settings.cpus);
      });
    expect(await room({ before })).toEqual(['4', '3', '2', '1', '4']);
    // Five cores do for five of them anyhow; not for seven, two of which may be there together with nobody.
    await expect(findRoom(new HostWithCpus(), names.map(wish), { ...nothing, before })).rejects.toThrow(
      'whole cores are wanted',
    );
    const pools = await room({ before, pool: 'exclusive' });
    expect(pools).toEqual(['4', '3', '2', '1', '4']);
  });

  test('commands at once get cores of their own, and what is too much is refused', async () => {
    const all = await Promise.all([['a'], ['b'], ['c', 'd'], ['e'], ['f'], ['g']].map((names) => up(names)));
    const cpus = all.flatMap((one) => (one instanceof LwdError ? [] : one));
    expect(new Set(cpus).size).toBe(cpus.length);
    // Which ones are refused is chance: the pair, or two single ones, or the pair after one core was left over.
    expect(cpus.length).toBeGreaterThanOrEqual(cores - 1);
    for (const one of all) if (one instanceof LwdError) expect(one.message).toMatch(/whole cores are wanted/);
    expect(readdirSync(join(folder, 'claims'))).toEqual([]);
  }, 60_000);

  test('a claim that nobody holds any more binds nobody', async () => {
    mkdirSync(join(folder, 'claims'));
    // No process has this number: it is above the most that Linux gives.
    writeFileSync(join(folder, 'claims', '99999999'), '0-4\n');
    expect(await up(['a'])).toEqual(['4']);
    expect(readdirSync(join(folder, 'claims'))).toEqual([]);
  });

  test('a claim that is held does', async () => {
    mkdirSync(join(folder, 'claims'));
    writeFileSync(join(folder, 'claims', String(process.pid)), '1-4\n');
    expect(await up(['a'])).toEqual(['0']);
    const refused = await up(['b'], 500);
    expect(refused).toBeInstanceOf(UserError);
    expect(refused).toMatchObject({ next: expect.arrayContaining([expect.stringContaining('CPUs 1-4')]) });
  });

  test('who is interrupted does not wait for others', async () => {
    mkdirSync(join(folder, 'claims'));
    writeFileSync(join(folder, 'claims', String(process.pid)), '0-4\n');
    const flags = { ...nothing, patience: 20_000 };
    const waiting = findRoom(new HostWithCpus(), [wish('a')], flags, AbortSignal.timeout(300));
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(readdirSync(join(folder, 'claims'))).toEqual([String(process.pid)]);
  }, 10_000);

  test('of two that chose the same, the first stays with it; and its patience has an end', async () => {
    const text = (claims: string, vcpus = '') => `--- claims\n${claims}--- vcpus\n${vcpus}`;
    /** Says what others have at each look. */
    const claimed = (looks: string[], patience = 20_000) => {
      const said: string[] = [];
      const next = (word: string) => async () => {
        said.push(word);
        return looks.length > 1 ? (looks.shift() ?? '') : (looks[0] ?? '');
      };
      const claim = { first: next('first'), claim: next('claim'), stepBack: next('stepBack') } as unknown as Claim;
      return {
        said,
        settled: chooseTogether(claim, () => ({ cpus: [1] }), { patience, signal: undefined }, { name: 'h' }),
      };
    };
    const others = 'after 1\n';
    const seen = claimed([text(''), text(others), text(others), text('after 2\n')]);
    await expect(seen.settled).resolves.toEqual({ cpus: [1] });
    expect(seen.said).toEqual(['first', 'claim', 'claim', 'claim']);
    const taken = claimed([text(''), text('', 'x   7   0   1   r--   1.0 1 / all\n'), text('')]);
    await taken.settled;
    expect(taken.said).toEqual(['first', 'claim', 'stepBack', 'claim']);
    const late = claimed([text(''), text('before 1\n')], 1);
    await expect(late.settled).rejects.toThrow('other lwds have chosen the same CPUs of h as this one');
    expect(late.said).toContain('stepBack');
  });
});
