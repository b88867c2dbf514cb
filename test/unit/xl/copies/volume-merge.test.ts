import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dropUnfinished, mergeBack, surveyFolder } from '../../../../src/xl/copies/volume-merge.js';
import { runProgram } from '../../../e2e/lwd.js';

function newFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-merge-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function content(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

/** A folder, what is known of it, and the domain's copy. */
async function setUp(files: Record<string, string>) {
  const folder = newFolder(files);
  const copy = newFolder({});
  cpSync(folder, copy, { recursive: true });
  return { folder, copy, survey: await surveyFolder(folder) };
}

test('what the domain changed, made and removed comes back, the rest is not touched', async () => {
  const { folder, copy, survey } = await setUp({ same: '1', changed: '2', gone: '3', 'sub/changed': '4' });
  writeFileSync(join(folder, 'untouched by the domain'), 'here');
  writeFileSync(join(copy, 'changed'), 'two');
  writeFileSync(join(copy, 'sub/changed'), 'four');
  rmSync(join(copy, 'gone'));
  mkdirSync(join(copy, 'new/deep'), { recursive: true });
  mkdirSync(join(copy, 'empty'));
  writeFileSync(join(copy, 'new/deep/file\nwith a line'), 'five');
  expect(await mergeBack(copy, folder, survey)).toEqual([]);
  expect(content(folder)).toEqual({
    same: '1',
    changed: 'two',
    'sub/changed': 'four',
    'new/deep/file\nwith a line': 'five',
    'untouched by the domain': 'here',
  });
  expect(readdirSync(join(folder, 'empty'))).toEqual([]);
});

test('what was changed on both sides is kept twice', async () => {
  const { folder, copy, survey } = await setUp({ both: '1', 'gone there': '2', 'gone here': '3' });
  writeFileSync(join(folder, 'both'), 'ours');
  writeFileSync(join(copy, 'both'), 'theirs');
  writeFileSync(join(folder, 'gone there'), 'ours');
  rmSync(join(copy, 'gone there'));
  rmSync(join(folder, 'gone here'));
  writeFileSync(join(copy, 'gone here'), 'theirs');
  writeFileSync(join(folder, 'new'), 'ours');
  writeFileSync(join(copy, 'new'), 'theirs');
  const notes = await mergeBack(copy, folder, survey);
  expect(notes).toHaveLength(4);
  expect(content(folder)).toEqual({
    both: 'ours',
    'both.from-domain': 'theirs',
    'gone there': 'ours',
    'gone here.from-domain': 'theirs',
    new: 'ours',
    'new.from-domain': 'theirs',
  });
});

test('a name that is taken is never taken again, and what is the same on both sides is no conflict', async () => {
  const { folder, copy, survey } = await setUp({ both: '1', same: '2' });
  for (const [here, there] of [
    ['ours', 'first'],
    ['ours', 'second'],
    ['ours', 'third'],
  ] as const) {
    writeFileSync(join(folder, 'both'), here);
    writeFileSync(join(copy, 'both'), there);
    expect(await mergeBack(copy, folder, survey)).toHaveLength(1);
  }
  writeFileSync(join(folder, 'same'), 'two');
  writeFileSync(join(copy, 'same'), 'two');
  writeFileSync(join(copy, 'both'), '1');
  expect(await mergeBack(copy, folder, survey)).toEqual([]);
  expect(content(folder)).toEqual({
    both: 'ours',
    'both.from-domain': 'first',
    'both.from-domain.2': 'second',
    'both.from-domain.3': 'third',
    same: 'two',
  });
});

test('a copy that is not there is no empty one', async () => {
  const { folder, copy, survey } = await setUp({ precious: '1' });
  rmSync(copy, { recursive: true });
  await expect(mergeBack(copy, folder, survey)).rejects.toThrow('there is no folder');
  expect(content(folder)).toEqual({ precious: '1' });
});

test('holes stay holes', async () => {
  const { folder, copy, survey } = await setUp({});
  await runProgram(['truncate', '-s', '3G', join(copy, 'sparse')]);
  expect(await mergeBack(copy, folder, survey)).toEqual([]);
  expect(statSync(join(folder, 'sparse'))).toMatchObject({ size: 3 * 2 ** 30, blocks: 0 });
});

test('links, modes, and what has become another kind of thing', async () => {
  const { folder, copy, survey } = await setUp({
    script: '1',
    'was a folder/x': '2',
    'was a file': '3',
    'old/deep/file': '4',
  });
  chmodSync(join(copy, 'script'), 0o755);
  rmSync(join(copy, 'was a folder'), { recursive: true });
  writeFileSync(join(copy, 'was a folder'), 'file');
  rmSync(join(copy, 'was a file'));
  mkdirSync(join(copy, 'was a file'));
  writeFileSync(join(copy, 'was a file/y'), 'below');
  renameSync(join(copy, 'old'), join(copy, 'new'));
  symlinkSync('/etc/passwd', join(copy, 'link'));
  expect(await mergeBack(copy, folder, survey)).toEqual([]);
  expect(content(folder)).toEqual({
    script: '1',
    'was a folder': 'file',
    'was a file/y': 'below',
    'new/deep/file': '4',
  });
  expect(readlinkSync(join(folder, 'link'))).toBe('/etc/passwd');
  expect(statSync(join(folder, 'script')).mode & 0o777).toBe(0o755);
  expect(readdirSync(folder).sort()).toEqual(['link', 'new', 'script', 'was a file', 'was a folder']);
});

test('nothing is written through what has become a link here', async () => {
  const { folder, copy, survey } = await setUp({ 'sub/file': '1' });
  const elsewhere = newFolder({ file: 'theirs' });
  rmSync(join(folder, 'sub'), { recursive: true });
  symlinkSync(elsewhere, join(folder, 'sub'));
  writeFileSync(join(copy, 'sub/file'), 'changed');
  writeFileSync(join(copy, 'sub/new'), 'new');
  const notes = await mergeBack(copy, folder, survey);
  expect(notes).toHaveLength(1);
  expect(content(elsewhere)).toEqual({ file: 'theirs' });
  expect(content(folder)).toMatchObject({ 'sub.from-domain/file': 'changed', 'sub.from-domain/new': 'new' });
});

test('links may lead anywhere; pipes, and names that are not UTF-8, are refused', async () => {
  const folder = newFolder({ 'sub/file': '1' });
  symlinkSync('sub/file', join(folder, 'inside'));
  symlinkSync('/etc', join(folder, 'sub/out'));
  symlinkSync('nothing', join(folder, 'nowhere'));
  expect([...(await surveyFolder(folder)).keys()].sort()).toEqual(['inside', 'nowhere', 'sub', 'sub/file', 'sub/out']);
  const latin1 = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9])]);
  writeFileSync(latin1, '');
  await expect(surveyFolder(folder)).rejects.toThrow('has a name that is not UTF-8');
  rmSync(latin1);
  await runProgram(['mkfifo', join(folder, 'pipe')]);
  await expect(surveyFolder(folder)).rejects.toThrow('pipe is neither file nor folder');
  await expect(surveyFolder(join(folder, 'none'))).rejects.toThrow('there is no folder');
});

test('what a killed lwd has not brought to its place goes, once it is old enough; anything else stays', async () => {
  const dead = spawnSync('true').pid;
  const names = [
    `.a.${dead}.0123abcd`,
    `sub/.b.${dead}.89abcdef`,
    `.young.${dead}.0123abcd`,
    `.own.${process.pid}.0123abcd`,
  ];
  const others = ['a', `.a.${dead}.0123abcg`, `.a.${dead}`, `a.${dead}.0123abcd`];
  const folder = newFolder(Object.fromEntries([...names, ...others].map((name) => [name, ''])));
  const longAgo = Date.now() / 1000 - 7200;
  for (const name of [...names, ...others])
    if (!name.includes('young')) utimesSync(join(folder, name), longAgo, longAgo);
  const survey = await surveyFolder(folder);
  await dropUnfinished(folder, survey);
  expect(Object.keys(content(folder)).sort()).toEqual([...names.slice(2), ...others].sort());
  expect([...survey.keys()].filter((path) => path !== 'sub').sort()).toEqual([...names.slice(2), ...others].sort());
});
