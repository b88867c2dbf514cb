/** The look at all domains: the script runs here for real, with stand-ins for Xen's tools that stop where those do. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalHost } from '../../../../src/host/local.js';
import { startTimeOf } from '../../../../src/sys/process.js';
import { uuidPrefix } from '../../../../src/xl/facts/domain-record.js';
import { isInOrder, parseStatus } from '../../../../src/xl/observed/status.js';
import { statusScript } from '../../../../src/xl/script/status-script.js';

const uuids = [1, 2, 3].map((digit) => `6c776400-0000-8000-8000-00000000000${digit}`) as [string, string, string];
/** A process number that nobody has. */
const nobody = '4194304 1';
const path = process.env.PATH;
let folder: string;

/** Prints what it has for each path, and stops at the first for which it has nothing. */
const reader = (name: string) => `#!/bin/sh
echo "${name} $*" >>"$FAKE_DOM0/calls"
for path; do
  case $path in -*) continue ;; esac
  grep "^$path[/:]" "$FAKE_DOM0/${name}" || exit 1
done
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-status-'));
  mkdirSync(join(folder, 'runs'));
  const programs = {
    xl: '#!/bin/sh\necho "xl $*" >>"$FAKE_DOM0/calls"\ncat "$FAKE_DOM0/$1"\n',
    'xenstore-read': reader('xenstore-read'),
    'xenstore-ls': reader('xenstore-ls'),
  };
  mkdirSync(join(folder, 'bin'));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, 'bin', name), text);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  process.env.PATH = `${join(folder, 'bin')}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
  records();
  nodes();
  writeFileSync(join(folder, 'vcpu-list'), 'a   5     0    1   -b-       1.0  1 / all\n');
});

afterEach(() => {
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  rmSync(folder, { recursive: true, force: true });
});

const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');
const lines = (text: string[]) => text.map((line) => `${line}\n`).join('');

function domains(...rows: [name: string, id: number, uuid: string, state?: string][]): void {
  const text = rows.map(
    ([name, id, uuid, state = '-b----']) =>
      `${name.padEnd(40)} ${String(id).padStart(5)}     8     1     ${state}       0.1 ${uuid}        ${state === '---s--' ? 0 : '-'}                -`,
  );
  const heading = 'Name                ID   Mem VCPUs\tState\tTime(s)   UUID         Reason-Code\tSecurity Label';
  writeFileSync(join(folder, 'list'), lines([heading, ...text]));
}

function records(...ids: number[]): void {
  const text = ids.map((id) => `/local/domain/${id}/lwd/domain: {"offset":${id}0,"v":1,"image":"i","log":"/l"}`);
  writeFileSync(join(folder, 'xenstore-read'), lines(text));
}

function nodes(...ids: number[]): void {
  const text = ids.map((id) => `/local/domain/${id}/data/lwd/exit = "v1 code=${id}"`);
  writeFileSync(join(folder, 'xenstore-ls'), lines(text));
}

const wroteDown = (uuid: string, maker = nobody) => writeFileSync(join(folder, 'runs', uuid), `${maker} 0 - - /l\n`);

async function look(...more: string[]): Promise<string> {
  const result = await new LocalHost().script(statusScript, [uuidPrefix, ...more], { timeout: 30_000 });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return result.stdout;
}

const left = (text: string) => text.match(/^left .*$/gm) ?? [];

describe('a look at domains', () => {
  test('asks for the nodes of all at once, and for places only if they are wanted', async () => {
    domains(['Domain-0', 0, '00000000-0000-0000-0000-000000000000'], ['a', 5, uuids[0]], ['b', 6, uuids[1]]);
    records(5, 6);
    expect(parseStatus(await look())).toMatchObject([
      { name: 'a', vcpus: 1, places: [], logOffset: 50, record: { log: '/l' } },
      { name: 'b', vcpus: 1, places: [], logOffset: 60, record: { log: '/l' } },
    ]);
    expect(calls()).toEqual(['xl list -v', 'xenstore-read -p /local/domain/5/lwd/domain /local/domain/6/lwd/domain']);
    expect(parseStatus(await look('places'))[0]?.places).toEqual([{ vcpu: 0, cpu: 1, hard: '1', soft: 'all' }]);
    expect(calls().at(-1)).toBe('xl vcpu-list');
  });

  test('passes over names that look like columns', async () => {
    domains([`x ${uuids[2]} `, 4, '97586fa4-c9f6-49e0-b06f-63b6e2bbed63'], ['two * words', 5, uuids[0]]);
    records(5);
    expect(parseStatus(await look())).toMatchObject([{ name: 'two * words', id: 5, record: { log: '/l' } }]);
  });

  test('finds how those ended that have, though one of them said nothing', async () => {
    domains(['a', 5, uuids[0], '---s--'], ['b', 6, uuids[1], '---s--'], ['c', 7, uuids[2], '---s--']);
    records(5, 6, 7);
    nodes(5, 7);
    const outcomes = parseStatus(await look()).map(({ outcome }) => outcome);
    expect(outcomes).toMatchObject([{ status: 5 }, { kind: 'unclear' }, { status: 7 }]);
  });

  test('of none is their list alone', async () => {
    domains(['Domain-0', 0, '00000000-0000-0000-0000-000000000000']);
    expect(parseStatus(await look())).toEqual([]);
    expect(calls()).toEqual(['xl list -v']);
  });
});

describe('what was written down', () => {
  test('is not read as long as every file has its domain', async () => {
    domains(['a', 5, uuids[0]], ['b', 6, uuids[1]]);
    records(5, 6);
    wroteDown(uuids[0]);
    wroteDown(uuids[1]);
    expect(left(await look())).toEqual([]);
  });

  test('and has no domain is told, unless somebody is at work on it', async () => {
    domains(['a', 5, uuids[0]]);
    records(5);
    wroteDown(uuids[0]);
    wroteDown(uuids[1]);
    wroteDown(uuids[2], `${process.pid} ${await startTimeOf(process.pid)}`);
    expect(left(await look())).toEqual([`left ${uuids[0]}`, `left ${uuids[1]}`]);
  });

  test('and has a domain of which nothing else is known is told, too', async () => {
    domains(['a', 5, uuids[0]], ['b', 6, uuids[1]]);
    records(6);
    wroteDown(uuids[0]);
    wroteDown(uuids[1], `${process.pid} ${await startTimeOf(process.pid)}`);
    expect(left(await look())).toEqual([`left ${uuids[0]}`]);
  });

  test('is missing of a half-made domain: that is told, but not of one that is being destroyed', async () => {
    domains(['a', 5, uuids[0]], ['b', 6, uuids[1], '--ps-d'], ['c', 7, uuids[2]]);
    records(7);
    wroteDown(uuids[2]);
    const text = await look();
    expect(text).toContain(`left ${uuids[0]}\n`);
    expect(text).not.toContain(`left ${uuids[1]}`);
    expect(isInOrder(text, parseStatus(text))).toBe(false);
  });

  test('is told of a domain that just went, if there is none at all', async () => {
    domains(['Domain-0', 0, '00000000-0000-0000-0000-000000000000']);
    wroteDown(uuids[0]);
    expect(left(await look())).toEqual([`left ${uuids[0]}`]);
  });
});
