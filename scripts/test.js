/**
 * `npm test`: sets up what is missing, then runs every check and test there is. Ends with one line for all of them:
 * N passed, N failed, N skipped. A part that breaks off counts as one failure, and the others still run.
 *
 * Tests of hosts and domains wait for much of their time. What only needs a processor has what they leave of it: it runs beside
 * them at low priority, and what it prints comes at its end.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run, setUp } from './set-up.js';

const totals = { passed: 0, failed: 0, skipped: 0 };
/** What failed, told once more at the end: whoever has only the last lines of a long log finds it there. */
const failures = [];
const scratch = mkdtempSync(join(tmpdir(), 'lwd-test-'));
const tool = (name) => join(root, 'node_modules/.bin', name);

function add({ passed = 0, failed = 0, skipped = 0 }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

/** A check that has no tests of its own to count. */
async function check(name, command, args) {
  console.log(`\n=== ${name}`);
  const { status } = await run(command, args);
  add(status === 0 ? { passed: 1 } : { failed: 1 });
  if (status !== 0) failures.push(`${name}: ended with status ${status}`);
}

/**
 * Tests that needed a second try, and what was wrong at the first: each is a defect, of the test or of lwd. Those that
 * failed are kept for the end.
 */
function lookAt(project, { testResults }) {
  for (const { fullName, status, failureMessages } of testResults.flatMap((file) => file.assertionResults))
    if (status === 'failed') failures.push(`${project}: ${fullName}\n${failureMessages.join('\n')}`);
    else if (failureMessages.length > 0) console.log(`passed at a second try: ${fullName}\n${failureMessages[0]}`);
  for (const { name, status, message } of testResults)
    if (status === 'failed' && message) failures.push(`${project}: ${name}\n${message}`);
}

/** A program at low priority, with all that it prints in its stdout. */
const whenIdle = (command, args) =>
  run('sh', ['-c', 'exec nice -n 15 "$@" 2>&1', 'sh', command, ...args], { collect: true });

async function vitest(project, { beside = false } = {}) {
  if (!beside) console.log(`\n=== ${project}`);
  const report = join(scratch, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const start = beside ? whenIdle : run;
  const { status, stdout } = await start(tool('vitest'), ['run', '--project', project, ...reporters]);
  if (beside) process.stdout.write(`\n=== ${project}\n${stdout}`);
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    failures.push(`${project}: broke off, with status ${status}`);
    return add({ failed: 1 });
  }
  lookAt(project, result);
  const failed = result.numFailedTests;
  // A file that could not be loaded, or a set-up that failed, is no failed test but a failure all the same.
  const broken = failed === 0 && (status !== 0 || result.numPassedTests === 0) ? 1 : 0;
  if (broken) failures.push(`${project}: ended with status ${status}, without a failed test`);
  add({ passed: result.numPassedTests, failed: failed + broken, skipped: result.numPendingTests });
}

/** C on this machine: a script that ends with "NAME: N passed, N failed, N skipped". */
async function onHost(name) {
  const { status, stdout } = await whenIdle(process.execPath, [`scripts/${name}.js`]);
  process.stdout.write(`\n=== ${name}\n${stdout}`);
  const line = /^[\w-]+: (\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(stdout);
  const [passed, failed, skipped] = line ? line.slice(1).map(Number) : [0, 1, 0];
  add({ passed, failed: failed === 0 && status !== 0 ? 1 : failed, skipped });
  if (failed === 0 && status === 0) return;
  const said = stdout.split('\n').filter((text) => /^(FAILURE|CRASH|ERROR) /.test(text));
  failures.push([`${name}: ended with status ${status}`, ...said].join('\n'));
}

async function inTurn(...parts) {
  for (const part of parts) await part();
}

try {
  await setUp();
  await check('lint', tool('biome'), ['check', '.']);
  await check('types', tool('tsc'), ['--noEmit']);
  await Promise.all([
    inTurn(
      () => vitest('unit'),
      () => vitest('e2e'),
    ),
    inTurn(
      () => onHost('kernel-host'),
      () => onHost('lwip-unit'),
      () => vitest('programs', { beside: true }),
      () => vitest('crash', { beside: true }),
    ),
  ]);
} catch (error) {
  failures.push(`test: ${error.message}`);
  totals.failed++;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const failure of failures) console.log(`\nfailed: ${failure}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;
