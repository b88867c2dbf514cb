/**
 * Bundles src/ and the libraries into dist/lwd.cjs, and makes starting it cheap:
 * - each command is loaded when it is asked for (the table COMMANDS), and libraries are evaluated when first used;
 * - V8's compiled form of the bundle lies beside it (dist/lwd.cache), since reading 1 MB of text takes longer than running
 *   what a command needs of it. It is for this machine's Node; another Node does without;
 * - oclif's manifest tells commands and flags without loading any of them;
 * - the root help is a text, printed by bin/run.js without loading anything.
 *
 * Each file is replaced by a rename, so that an lwd that starts meanwhile is not torn.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const bundlePath = join(dist, 'lwd.cjs');

/** Every TypeScript file below src/commands is a command, except the bases: its id is its path. */
function commandTable() {
  const ids = readdirSync(join(root, 'src/commands'), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('base.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
  const getters = ids.map(
    (id) => `get '${id.replaceAll('/', ':')}'() { return require('./src/commands/${id}.ts').default; },`,
  );
  return [
    `exports.COMMANDS = {\n${getters.join('\n')}\n};`,
    `Object.defineProperty(exports, 'Help', { get: () => require('./src/help.ts').default });`,
    `exports.main = (...args) => require('./src/main.ts').main(...args);`,
  ].join('\n');
}

/**
 * Makes libraries load in less time. oclif's modules require each other at their top, so that asking for one loads
 * all (help, plug-ins, templates): what they require is had when it is first used instead. And libraries lose their
 * long names, which our own code keeps for the sake of stack traces.
 */
const quickLibraries = {
  name: 'quick-libraries',
  setup(esbuild) {
    esbuild.onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const isOclif = path.includes('/@oclif/core/lib/');
      const { code } = await transform(isOclif ? requireLater(text) : text, { loader: 'js', minify: true });
      return { contents: code, loader: 'js' };
    });
  },
};

/** TypeScript's own form: `const name_1 = require("…")`, and name_1 nowhere but in front of a dot. */
function requireLater(text) {
  const statement = /^const (\w+_\d+) = ((?:__importDefault|__importStar)\()?require\(("[^"]+")\)\)?;$/gm;
  const names = [...text.matchAll(statement)].map(([, name]) => name);
  const body = text.replace(statement, '');
  const uses = body.replace(/(?<![\w$.])\w+_\d+(?![\w$])/g, (word) => (names.includes(word) ? `(${word}$())` : word));
  const getters = [...text.matchAll(statement)].map(([, name, wrapper = '', module]) => {
    const close = wrapper === '' ? '' : ')';
    return `let ${name}$value; const ${name}$ = () => (${name}$value ??= ${wrapper}require(${module})${close});`;
  });
  // It compares Node's version with package.json's "engines" by way of a large library; npm has done so.
  return `"use strict";\n${getters.join('\n')}\n${uses.replace(/^checkNodeVersion\(\);$/m, '')}`;
}

async function bundle() {
  const result = await build({
    absWorkingDir: root,
    stdin: { contents: commandTable(), resolveDir: root, sourcefile: 'commands.js', loader: 'js' },
    outfile: bundlePath,
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    plugins: [quickLibraries],
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

/** Whether this is the bundle that is there already: its cache, manifest and help are then right as well. */
function isBuilt(files) {
  try {
    const made = ['lwd.cache', 'help.txt'].map((name) => readFileSync(join(dist, name)));
    const manifest = readFileSync(join(root, 'oclif.manifest.json'));
    return [...made, manifest].length === 3 && files.every(({ path, contents }) => readFileSync(path).equals(contents));
  } catch {
    return false;
  }
}

async function writeManifest() {
  // oclif as it is, not as it is bundled: the bundle is what it looks at.
  const { Plugin } = await import('@oclif/core');
  const plugin = new Plugin({ errorOnManifestCreate: true, ignoreManifest: true, root });
  await plugin.load();
  if (!plugin.valid) throw new Error(`oclif does not accept ${root} as a command-line program`);
  replaceFile(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`);
}

async function writeRootHelp() {
  // As wide as a terminal of the usual size: the text is made once for all.
  process.env.OCLIF_COLUMNS = '100';
  process.env.NO_COLOR = '1';
  const { Config } = await import('@oclif/core');
  const config = await Config.load({ root });
  const { Help } = createRequire(import.meta.url)(bundlePath);
  const lines = [];
  const help = new Help(config, { ...config.pjson.oclif.helpOptions, stripAnsi: true });
  help.log = (...parts) => lines.push(parts.join(' '));
  await help.showRootHelp();
  replaceFile(join(dist, 'help.txt'), `${lines.join('\n').trimEnd()}\n`);
}

/** Has lwd run until it finds that there is no such file: what it compiled on the way is what every start needs. */
function writeCodeCache() {
  rmSync(join(dist, 'lwd.cache'), { force: true });
  const env = { ...process.env, LWD_WRITE_CODE_CACHE: '1', NODE_OPTIONS: '' };
  const args = [join(root, 'bin/run.js'), 'up', join(dist, 'no-such-image')];
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 64) throw new Error(`the new lwd does not start: ${stderr}`);
}

const files = await bundle();
if (!isBuilt(files)) {
  for (const { path, contents } of files) replaceFile(path, contents);
  await writeManifest();
  await writeRootHelp();
  writeCodeCache();
}
