/** Commands on domains and pools that are there, killed at each of their points (walk.ts). */
import { beforeAll, test } from 'vitest';
import { build, type Operation, takenDown, walk } from './walk.js';

const running: Operation['prepare'] = (dom0) => dom0.domain('t', { id: 7 });
const job = { system: 'slurm', job: '5', step: 'batch', rank: 0, restart: 0 };

const operations: Record<string, Operation> = {
  pause: { words: () => ['pause', 't'], prepare: running, least: 5 },
  unpause: {
    words: () => ['unpause', 't'],
    prepare: (dom0) => dom0.domain('t', { id: 7, state: 'paused' }),
    least: 5,
  },
  pin: { words: () => ['pin', 't', '--cpus', '1'], prepare: running, least: 5 },
  'cpu set': { words: () => ['cpu', 'set', 't', '1'], prepare: running, least: 5 },
  'mem set': { words: () => ['mem', 'set', 't', '12M'], prepare: running, least: 5 },
  lease: {
    words: () => ['lease', 't'],
    prepare: (dom0) => dom0.domain('t', { id: 7, lease: 600 }),
    least: 3,
  },
  kill: { words: () => ['kill', '--signal', 'USR1', 't'], prepare: running, least: 5 },
  // Who was not asked any more is destroyed when the grace is over.
  stop: { words: () => ['stop', 't', '--grace', '1s'], prepare: running, undo: takenDown, least: 5 },
  rm: {
    words: () => ['rm', 't'],
    prepare: (dom0) => dom0.domain('t', { id: 7, state: 'ended' }),
    may: [127],
    least: 7,
  },
  down: { words: () => ['down', 't', '--grace', '1s'], prepare: running, may: [127], least: 12 },
  'down of one with a pool of its own': {
    words: () => ['down', '--now', 't'],
    prepare: (dom0) => {
      dom0.pool('lwd-0123456789a', 1);
      dom0.domain('t', { id: 7, pool: 'lwd-0123456789a' });
    },
    may: [127],
    least: 9,
  },
  reap: {
    words: () => ['reap', '--job', '5'],
    prepare: (dom0) => {
      dom0.domain('t', { id: 7, batch: job });
      dom0.domain('other', { id: 8 });
    },
    least: 8,
  },
  'pool create': { words: () => ['pool', 'create', 'own', '--cpus', '1'], may: [73], least: 8 },
  'pool rm': {
    words: () => ['pool', 'rm', 'own'],
    prepare: (dom0) => dom0.pool('own', 1),
    may: [64],
    least: 8,
  },
  'pool move': {
    words: () => ['pool', 'move', 't', 'own'],
    prepare: (dom0) => {
      dom0.pool('own', 1);
      dom0.domain('t', { id: 7 });
    },
    least: 5,
  },
};

beforeAll(build, 60_000);

test.each(Object.entries(operations))('%s', (_, operation) => walk(operation));
