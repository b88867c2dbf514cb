/**
 * `npm run bench NAME …`: each NAME is a file beside this one. Without a name: says which there are.
 */
import { readdirSync } from 'node:fs';

const known = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.js') && file !== 'run.js')
  .map((file) => file.slice(0, -'.js'.length));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));

if (wanted.length === 0 || unknown.length > 0) {
  console.error(`usage: npm run bench NAME …, of: ${known.join(' ')}`);
  process.exitCode = 64;
} else {
  for (const name of wanted) await import(`./${name}.js`);
}
