/** What a command loads before it does anything: the libraries that read and check YAML take longer than most commands. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Libraries that are there once the command is, by the imports that are not put off. */
async function librariesOf(command: string): Promise<string[]> {
  const entry = `src/commands/${command}.ts`;
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
    outdir: 'dist',
    metafile: true,
  });
  const libraries = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external) libraries.add(path);
      else visit(path);
    }
  };
  visit(entry);
  return [...libraries].filter((name) => !name.startsWith('node:')).sort();
}

test.each(['up', 'down', 'logs', 'ps', 'wait'])('lwd %s', async (command) => {
  expect(await librariesOf(command)).toEqual(['@oclif/core']);
});
