/**
 * Before `npm pack`: the bundle, and lwd's programs for dom0 compiled, into dist/. A dom0 in which the package is unpacked then
 * runs domains with Node alone: it needs no compiler, and no other package.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { must, root } from './set-up.js';

await must(process.execPath, ['scripts/build.js']);
// Below the package, since that is how the code finds its own files.
const outfile = join(root, `dist/dom0-program.${process.pid}.mjs`);
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
try {
  await build({
    ...{ absWorkingDir: root, entryPoints: ['src/toolchain/dom0-program.ts'], outfile, bundle: true },
    ...{ format: 'esm', platform: 'node', target: 'node20', banner: { js: banner }, logLevel: 'warning' },
  });
  const { packDom0Programs } = await import(pathToFileURL(outfile).href);
  await packDom0Programs(new AbortController().signal);
} finally {
  rmSync(outfile, { force: true });
}
