/**
 * What makes domains, killed at each of its points (walk.ts): as a container, of a kernel of another's with all that one can
 * have.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { deleteContainer, findContainer } from '../../../src/oci/container.js';
import { ContainerFolder } from '../../../src/oci/container-state.js';
import { waitFor } from '../../../src/sys/clock.js';
import { isAlive, startTimeOf } from '../../../src/sys/process.js';
import { type StandIn, uuidOf } from './stand-in.js';
import { build, type Operation, takenDown, walk } from './walk.js';

const annotations = { 'org.lwd.memory': '16M' };

/** A bundle whose program runs until it is told to end, or ends by itself ("short"). */
function bundle(dom0: StandIn, args: string[]): void {
  mkdirSync(join(dom0.folder, 'bundle/rootfs/etc'), { recursive: true });
  copyFileSync(join(dom0.folder, 'app'), join(dom0.folder, 'bundle/rootfs/app'));
  writeFileSync(join(dom0.folder, 'bundle/rootfs/etc/greeting'), 'good day\n');
  const config = { ociVersion: '1.0.2', process: { args, cwd: '/' }, root: { path: 'rootfs' }, annotations };
  writeFileSync(join(dom0.folder, 'bundle/config.json'), JSON.stringify(config));
}

const oci = (...words: string[]) => ['oci', '--root', 'containers', ...words];
const create = oci('create', '--bundle', 'bundle', 'c');

/** A container that is there, as its runner keeps it, which is gone as soon as the domain is. */
async function container(dom0: StandIn, status: 'created' | 'running'): Promise<void> {
  dom0.domain('oci-c', { id: 7, state: status === 'created' ? 'paused' : 'running' });
  const waits = `while [ -e ${join(dom0.folder, 'domains/7')} ]; do sleep 0.05; done`;
  const runner = spawn('sh', ['-c', waits], { stdio: 'ignore' });
  const pid = runner.pid ?? 0;
  const state = {
    ...{ version: 1, ociVersion: '1.0.2', id: 'c', bundle: '/b', annotations: {}, host: 'local', uuid: uuidOf(7) },
    ...{ created: '', runner: { pid, startTime: (await startTimeOf(pid)) ?? '' } },
    ...{ isCreated: true, isStarted: status === 'running' },
  };
  mkdirSync(join(dom0.folder, 'containers/c'), { recursive: true });
  writeFileSync(join(dom0.folder, 'containers/c/state.json'), JSON.stringify(state));
}

/** What a caller does whose runtime has died: `oci delete --force`. */
async function deleted(dom0: StandIn): Promise<void> {
  const root = join(dom0.folder, 'containers');
  // Who stayed with it may be just about to see that its script is gone.
  const { runner } = (await new ContainerFolder(root, 'c').read()) ?? {};
  await waitFor(async () => (runner && (await isAlive(runner)) ? undefined : true), { timeout: 300 });
  const found = await findContainer(dom0.host, root, 'c');
  if (found === undefined) await new ContainerFolder(root, 'c').remove();
  else await deleteContainer(dom0.host, root, found, true);
}

const noContainer = (dom0: StandIn) => expect(dom0.names('containers')).toEqual([]);

const operations: Record<string, Operation> = {
  'oci create': {
    words: () => create,
    prepare: (dom0) => bundle(dom0, ['/app']),
    undo: deleted,
    done: noContainer,
    least: 35,
  },
  'oci run': {
    words: () => oci('run', '--bundle', 'bundle', 'c'),
    prepare: (dom0) => bundle(dom0, ['/app', 'short']),
    undo: deleted,
    done: noContainer,
    scriptsLive: true,
    least: 24,
  },
  'oci start': { words: () => oci('start', 'c'), prepare: (dom0) => container(dom0, 'created'), may: [73], least: 8 },
  'oci kill': {
    words: () => oci('kill', 'c', 'KILL'),
    prepare: (dom0) => container(dom0, 'running'),
    may: [73],
    least: 5,
  },
  'oci delete': {
    words: () => oci('delete', '--force', 'c'),
    prepare: (dom0) => container(dom0, 'running'),
    done: noContainer,
    least: 8,
  },
  'up with a kernel of another’s, a card and CPUs of its own': {
    words: () => ['up', 'project', '--kernel', 'app', '--cmdline', 'short', '--pool', 'exclusive', '--name', 't'],
    prepare: (dom0) => {
      mkdirSync(join(dom0.folder, 'project'));
      const yaml = 'name: project\nbuild: {sources: [main.c]}\nnetwork: [{bridge: xenbr0}]\n';
      writeFileSync(join(dom0.folder, 'project/lwd.yaml'), yaml);
      writeFileSync(join(dom0.folder, 'project/main.c'), '');
    },
    undo: takenDown,
    least: 36,
  },
};

beforeAll(build, 60_000);

test.each(Object.entries(operations))('%s', (_, operation) => walk(operation));
