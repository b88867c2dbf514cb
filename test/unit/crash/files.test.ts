/** What changes files of dom0's and of this machine's, killed at each of its points (walk.ts). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type StandIn, uuidOf } from './stand-in.js';
import { build, type Operation, walk } from './walk.js';

const uuid = uuidOf(9);
const copies = (dom0: StandIn) => join(dom0.folder, 'state/copies', uuid);

/** What a domain wrote that is gone. */
function wrote(dom0: StandIn): void {
  mkdirSync(join(copies(dom0), 'xvda'), { recursive: true });
  writeFileSync(join(copies(dom0), 'xvda/disk'), 'what it wrote\n');
  const copy = { copy: join(copies(dom0), 'xvda'), source: '/s', target: 'xvda' };
  writeFileSync(
    join(copies(dom0), 'about'),
    `${JSON.stringify({ version: 1, domain: 't', from: 'm', since: 1, copies: [copy] })}\n`,
  );
}

const fetched = (dom0: StandIn, folder: string) => join(dom0.folder, folder, 'xvda/disk');

const operations: Record<string, Operation> = {
  'copies --fetch': {
    words: () => ['copies', '--fetch', uuid, '--into', 'first'],
    prepare: wrote,
    // It is in the one place or in the other, whole.
    again: async (dom0) => {
      if (existsSync(copies(dom0))) await dom0.lwd(['copies', '--fetch', uuid, '--into', 'second']);
    },
    done: (dom0) => {
      expect(existsSync(copies(dom0))).toBe(false);
      const files = ['second', 'first'].map((folder) => fetched(dom0, folder)).filter(existsSync);
      expect(readFileSync(files[0] ?? '', 'utf8')).toBe('what it wrote\n');
    },
    least: 12,
  },
  'copies --drop': {
    words: () => ['copies', '--drop', uuid],
    prepare: wrote,
    again: async (dom0) => {
      if (existsSync(copies(dom0))) await dom0.lwd(['copies', '--drop', uuid]);
    },
    done: (dom0) => expect(existsSync(copies(dom0))).toBe(false),
    least: 7,
  },
  reconcile: {
    words: () => ['reconcile', '--older-than', '0s'],
    prepare: everythingLeft,
    done: (dom0) => {
      expect(dom0.domains()).toEqual(['whole 16 1 -b---- Pool-0 all']);
      expect(dom0.names('store/local/domain/0/lwd-9pfs')).toEqual([]);
      expect(existsSync(copies(dom0))).toBe(false);
    },
    least: 30,
  },
};

/** Something of each kind, of scripts and lwds that died. */
function everythingLeft(dom0: StandIn): void {
  dom0.domain('whole', { id: 1 });
  dom0.domain('half', { id: 2, state: 'half' });
  dom0.pool('lwd-0123456789a', 1);
  dom0.leavings('gone', 3, 'lwd-0123456789a');
  dom0.domain('late', { id: 4, lease: 5 });
  mkdirSync(join(dom0.folder, 'run/cpupools'));
  writeFileSync(join(dom0.folder, 'run/cpupools/own'), '4194304 1 make_pool 1\n');
  mkdirSync(join(dom0.folder, 'store/local/domain/0/lwd-9pfs/3-0'), { recursive: true });
  mkdirSync(copies(dom0), { recursive: true });
  writeFileSync(join(copies(dom0), 'unused'), '');
  mkdirSync(join(dom0.folder, 'state/pushed'), { recursive: true });
  writeFileSync(join(dom0.folder, 'state/pushed/abc.4194304'), 'half of it');
  mkdirSync(join(dom0.folder, 'tmp/lwd-copy-4194304-abcdef'));
  writeFileSync(join(dom0.folder, 'own/lwd', `ramdisk-4194304-${'0'.repeat(64)}`), '');
}

beforeAll(build, 60_000);

test.each(Object.entries(operations))('%s', (_, operation) => walk(operation));
