import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Output } from '../../../src/report/output.js';
import { runStages, type Stage } from '../../../src/report/tasks.js';

let written: { out: string; err: string };

beforeEach(() => {
  written = { out: '', err: '' };
  const record = (name: 'out' | 'err') => (text: string | Uint8Array) => {
    written[name] += text;
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(record('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(record('err'));
});

afterEach(() => {
  vi.restoreAllMocks();
});

const stages: Stage<{ done: string[] }>[] = [
  {
    title: 'first',
    run: async (context, report) => {
      report('half way');
      context.done.push('first');
      return '3 files';
    },
  },
  { title: 'passed over', skip: () => 'nothing to do', run: () => Promise.reject(new Error('was not to run')) },
  {
    title: 'last',
    run: async (context) => {
      context.done.push('last');
      return undefined;
    },
  },
];

function output(flags: Partial<ConstructorParameters<typeof Output>[0]> = {}): Output {
  return new Output({ json: false, quiet: false, verbose: false, ...flags });
}

describe('without a terminal', () => {
  test('a plain line a stage, on stderr, in order', async () => {
    const context = { done: [] };
    await runStages(stages, context, output());
    expect(context.done).toEqual(['first', 'last']);
    expect(written).toEqual({ out: '', err: 'first\nfirst: 3 files\npassed over: nothing to do\nlast\n' });
  });

  test('more with --verbose, nothing with --quiet', async () => {
    await runStages(stages, { done: [] }, output({ verbose: true }));
    expect(written.err).toContain('  half way\n');
    written.err = '';
    await runStages(stages, { done: [] }, output({ quiet: true }));
    expect(written).toEqual({ out: '', err: '' });
  });

  test('stdout stays clean with --json', async () => {
    await runStages(stages, { done: [] }, output({ json: true }));
    expect(written.out).toBe('');
  });

  test('an error comes through as it is, and nothing runs after it', async () => {
    const error = new Error('the very one');
    const failing: Stage<{ done: string[] }> = { title: 'fails', run: () => Promise.reject(error) };
    const context = { done: [] };
    await expect(runStages([failing, ...stages], context, output())).rejects.toBe(error);
    expect(context.done).toEqual([]);
  });
});
