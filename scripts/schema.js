/**
 * Writes lwd.schema.json, for editors, from the schema that lwd.yaml is checked with (src/config/schema.ts). With --check it
 * writes nothing and fails if the file is not current.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'lwd.schema.json');
const bundle = join(root, `node_modules/.schema-${process.pid}.mjs`);

/** As the project's formatter would have it. */
function format(json) {
  const command = [join(root, 'node_modules/.bin/biome'), 'format', '--stdin-file-path=lwd.schema.json'];
  return execFileSync(command[0], command.slice(1), { cwd: root, input: json, encoding: 'utf8' });
}

async function schemaText() {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/config/json-schema.ts'],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  try {
    const { jsonSchema } = await import(bundle);
    return format(JSON.stringify(jsonSchema()));
  } finally {
    rmSync(bundle, { force: true });
  }
}

const text = await schemaText();
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (text !== readFileSync(target, 'utf8')) {
  console.error('lwd.schema.json is not current: node scripts/schema.js writes it');
  process.exitCode = 1;
}
