#!/usr/bin/env node
/** The launcher. `--version` and `--help` are answered from files that the build left, before anything is loaded. */
import { readFileSync } from 'node:fs';

const args = process.argv.slice(2);
const beside = (path) => new URL(`../${path}`, import.meta.url);

function quickAnswer() {
  const [first] = args;
  if (args.length > 1) return undefined;
  if (first === '--version') return `lwd ${JSON.parse(readFileSync(beside('package.json'), 'utf8')).version}\n`;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    return readFileSync(beside('dist/help.txt'), 'utf8');
  }
  return undefined;
}

try {
  const answer = quickAnswer();
  if (answer === undefined) {
    const { main } = await import(beside('dist/main.js').href);
    await main(args);
  } else {
    process.stdout.write(answer);
  }
} catch (error) {
  if (error?.code !== 'ENOENT' && error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(`lwd: it is not built yet (${error.message})\n  next: npm install && npm run build\n`);
  process.exitCode = 70;
}
