/**
 * Bundles src/ into dist/: one entry for each command, shared code in chunks, so that a command loads what it needs and
 * nothing else. Then writes what makes start-up cheap: oclif's manifest (the table of commands and flags, so that no
 * command has to be loaded to be found) and the root help text (printed by bin/run.js without loading anything).
 *
 * Each file is replaced by a rename and unused chunks stay for a while, so that an lwd that runs meanwhile is not torn.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, Plugin } from '@oclif/core';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const staleAfterMilliseconds = 10 * 60 * 1000;

// oclif and its CommonJS friends expect these; esbuild does not provide them in an ES module.
const commonJsNames = `import { createRequire as __createRequire } from 'node:module';
import { fileURLToPath as __toPath } from 'node:url';
import { dirname as __toDirectory } from 'node:path';
const require = __createRequire(import.meta.url);
const __filename = __toPath(import.meta.url);
const __dirname = __toDirectory(__filename);`;

/** Every TypeScript file below src/commands is a command, except base.ts. */
function commandSources() {
  return readdirSync(join(root, 'src/commands'), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && file !== 'base.ts')
    .map((file) => join('src/commands', file))
    .sort();
}

async function bundle() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts', 'src/help.ts', ...commandSources()],
    outdir: 'dist',
    outbase: 'src',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: commonJsNames },
    logLevel: 'warning',
  });
  return result.outputFiles;
}

function replaceFile(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

function isSame(path, content) {
  try {
    return readFileSync(path).equals(content);
  } catch {
    return false;
  }
}

function removeStale(kept) {
  for (const name of readdirSync(dist, { recursive: true }).map(String)) {
    const path = join(dist, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (!status?.isFile() || kept.has(path)) continue;
    // A command that is gone must go at once: oclif finds commands by their files.
    if (name.startsWith('commands/') || Date.now() - status.mtimeMs > staleAfterMilliseconds) rmSync(path);
  }
}

async function writeManifest() {
  const plugin = new Plugin({ errorOnManifestCreate: true, ignoreManifest: true, root });
  await plugin.load();
  if (!plugin.valid) throw new Error(`oclif does not accept ${root} as a command-line program`);
  replaceFile(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, undefined, 1)}\n`);
}

async function writeRootHelp() {
  // As wide as a terminal of the usual size: the text is made once for all.
  process.env.OCLIF_COLUMNS = '100';
  process.env.NO_COLOR = '1';
  const config = await Config.load({ root });
  const { default: Help } = await import(join(dist, 'help.js'));
  const lines = [];
  const help = new Help(config, { ...config.pjson.oclif.helpOptions, stripAnsi: true });
  help.log = (...parts) => lines.push(parts.join(' '));
  await help.showRootHelp();
  replaceFile(join(dist, 'help.txt'), `${lines.join('\n').trimEnd()}\n`);
}

const files = await bundle();
const kept = new Set(files.map((file) => file.path));
kept.add(join(dist, 'help.txt'));
// Chunks first: an entry never names a chunk that is not there yet.
for (const file of files.toSorted(
  (a, b) => Number(b.path.includes('/chunks/')) - Number(a.path.includes('/chunks/')),
)) {
  if (!isSame(file.path, file.contents)) replaceFile(file.path, file.contents);
}
removeStale(kept);
await writeManifest();
await writeRootHelp();
if (process.argv.includes('--list')) for (const path of kept) console.log(relative(root, path));
