#!/usr/bin/env node
/**
 * The launcher. `--version` and `--help` are answered from files that the build left, before anything is loaded; all else
 * is in one bundle, which is loaded in its compiled form if that is there and made by this very Node.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const args = process.argv.slice(2);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, 'dist/lwd.cjs');
const cache = join(root, 'dist/lwd.cache');

function quickAnswer() {
  const [first] = args;
  if (args.length > 1) return undefined;
  if (first === '--version') return `lwd ${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    return readFileSync(join(root, 'dist/help.txt'), 'utf8');
  }
  return undefined;
}

function readCache() {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

/** As require would, but with the compiled form. Whoever requires the bundle later gets this one. */
function loadBundle() {
  const cachedData = readCache();
  const script = new Script(Module.wrap(readFileSync(bundle, 'utf8')), { filename: bundle, cachedData });
  const require = createRequire(bundle);
  const loaded = new Module(bundle);
  loaded.filename = bundle;
  loaded.loaded = true;
  require.cache[bundle] = loaded;
  script.runInThisContext()(loaded.exports, require, loaded, bundle, dirname(bundle));
  if (process.env.LWD_WRITE_CODE_CACHE) {
    process.on('exit', () => writeFileSync(cache, script.createCachedData()));
  }
  return loaded.exports;
}

try {
  const answer = quickAnswer();
  if (answer === undefined) await loadBundle().main(args);
  else process.stdout.write(answer);
} catch (error) {
  if (error?.code !== 'ENOENT' || !error.path?.startsWith(join(root, 'dist'))) throw error;
  process.stderr.write(`lwd: it is not built yet (${error.message})\n  next: npm install && npm run build\n`);
  process.exitCode = 70;
}
