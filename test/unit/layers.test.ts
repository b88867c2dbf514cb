/**
 * Who may know of whom: imports and includes point down. kernel/README.md and docs/architecture.md have the same order in
 * words.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** A line knows of those above it; what stands on one line knows nothing of each other. */
const kernel = [
  ['core'],
  ['arch'],
  ['xen'],
  ['mm'],
  ['sched'],
  ['drivers'],
  ['net'],
  // hpc/ hands threads and descriptors of POSIX's out, posix/ nothing of hpc's.
  ['posix'],
  ['hpc'],
  ['main.c'],
];

const lwd = [
  ['exit-codes'],
  ['errors', 'exit-status'],
  ['sys'],
  ['config', 'batch'],
  ['host'],
  ['toolchain'],
  ['doctor'],
  ['xl/facts'],
  ['xl/spec'],
  ['xl/script'],
  ['xl/observed'],
  ['xl/place', 'xl/copies', 'xl/stream'],
  ['xl/change'],
  ['xl/life'],
  ['broker'],
  ['report'],
  ['run'],
  ['oci'],
  ['commands'],
  ['main', 'help'],
];

/** Types alone, of what an answer holds that is shown: report/ shows the containers' states, which oci/ makes. */
const typesOnly = new Set(['report/oci.ts → oci/container-state.ts']);

test('the kernel’s includes', () => {
  const files = sources('kernel', /\.[chS]$/).filter((file) => !file.includes('include/'));
  const steps = references('kernel', files, /#include "([^"]+)"/g, (_, name) => name);
  expect(upward(kernel, steps)).toEqual([]);
});

test('lwd’s imports', () => {
  const steps = imports();
  expect(upward(lwd, steps).filter((step) => !typesOnly.has(step))).toEqual([]);
  // These two meet in config/.
  expect(steps.filter(({ from, to }) => within('toolchain', from) && within('xl', to))).toEqual([]);
  expect(steps.filter(({ from, to }) => within('xl', from) && within('toolchain', to))).toEqual([]);
});

interface Step {
  from: string;
  to: string;
}

function imports(): Step[] {
  const target = (file: string, name: string) => `${normalize(join(dirname(file), name)).replace(/\.js$/, '')}.ts`;
  return references('src', sources('src', /\.ts$/), /\b(?:from|import) ?\(?'(\.[^']+)'/g, target);
}

function sources(folder: string, suffix: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => suffix.test(file));
}

function references(
  folder: string,
  files: string[],
  reference: RegExp,
  target: (file: string, name: string) => string,
): Step[] {
  return files.flatMap((from) =>
    [...readFileSync(join(folder, from), 'utf8').matchAll(reference)].map(([, name = '']) => ({
      from,
      to: target(from, name),
    })),
  );
}

/** Steps to a higher layer, or to another name of the same; and files of no layer. */
function upward(layers: string[][], steps: Step[]): string[] {
  const height = (path: string) => layers.findIndex((names) => names.some((name) => within(name, path)));
  const name = (path: string) => layers[height(path)]?.find((each) => within(each, path));
  return steps.flatMap(({ from, to }) => {
    if (name(from) === undefined) return [`${from}: of no layer`];
    if (name(to) === undefined || name(to) === name(from) || height(to) < height(from)) return [];
    return [`${from} → ${to}`];
  });
}

/** `name` is a folder, or a file by its name without ".ts". */
function within(name: string, path: string): boolean {
  return path === name || path.startsWith(`${name}/`) || path === `${name}.ts`;
}
