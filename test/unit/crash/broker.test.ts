/** A user's launch through the broker: his lwd, and the broker, killed at each of their points (walk.ts). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { serve } from '../../../src/broker/serve.js';
import type { Ended, StandIn } from './stand-in.js';
import { build, type Operation, takenDown, walk } from './walk.js';

const user = process.getuid?.() ?? 0;
const policy = `version: 1\nrules:\n  - users: [${user}]\n    domains: 2\n    memory: 256M\n`;
const up = ['up', 'app', '--name', 't', '--memory', '16M', '--', 'short'];

const socket = (dom0: StandIn) => join(dom0.folder, 'door/socket');
const asUser = (dom0: StandIn) => ({ LWD_BROKER: socket(dom0) });

function start(dom0: StandIn, env: Record<string, string> = {}) {
  const files = ['--policy', 'policy.yaml', '--socket', socket(dom0), '--audit', 'audit', '--images', 'images'];
  return dom0.start(['broker', 'serve', ...files], env);
}

/** From the broker's beginning to its end, with a launch in between. */
async function served(dom0: StandIn, ofBroker: Record<string, string>, ofUser: Record<string, string>): Promise<Ended> {
  const broker = start(dom0, ofBroker);
  await broker.said;
  const ended = await dom0.lwd(up, { ...asUser(dom0), ...ofUser });
  broker.kill();
  const brokers = await broker.ended;
  return ofBroker.LWD_CRASH_AT === undefined ? ended : brokers;
}

/** Another broker comes up in its place, and keeps nothing of what was on its way to the one that died. */
async function undo(dom0: StandIn): Promise<void> {
  const over = new AbortController();
  await serve({
    ...{ policyFile: join(dom0.folder, 'policy.yaml'), audit: join(dom0.folder, 'audit'), socket: socket(dom0) },
    ...{ images: join(dom0.folder, 'images'), host: dom0.host, signal: over.signal },
    onReady: () => over.abort(),
    warn: () => {},
  });
  expect(over.signal.aborted).toBe(true);
  expect(dom0.names('door')).toEqual([]);
  expect(dom0.names(`images/${user}`).filter((name) => name.startsWith('.'))).toEqual([]);
  await takenDown(dom0);
}

const prepare = (dom0: StandIn) => writeFileSync(join(dom0.folder, 'policy.yaml'), policy);

const operations: Record<string, Operation> = {
  'the user’s lwd': {
    words: () => up,
    run: (dom0, env) => served(dom0, {}, env),
    prepare,
    undo,
    least: 8,
    scriptsLive: true,
  },
  'the broker': {
    words: () => up,
    run: (dom0, env) => served(dom0, env, {}),
    prepare,
    undo,
    least: 28,
    scriptsLive: true,
  },
};

beforeAll(build, 60_000);

test.each(Object.entries(operations))('%s', (_, operation) => walk(operation));
