/**
 * An operation that dies at each of its points: lwd before, during and after each step that it takes outside of itself
 * (src/sys/crash-point.ts), and its script in dom0, with all that it has started, before and after each program that it starts.
 * Each time order is made, as by `lwd reconcile`; then the command is run once more, and does what it is for.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ensureDom0Program } from '../../../src/toolchain/dom0-program.js';
import { takeDown } from '../../../src/xl/life/takedown.js';
import { reconcile } from '../../../src/xl/observed/reconcile.js';
import { listDomains } from '../../../src/xl/observed/status.js';
import { StandIn as Dom0, type Ended, root } from './stand-in.js';

/** Before the first test: lwd as it is now, and its programs for dom0. */
export async function build(): Promise<void> {
  const { stderr } = spawnSync(process.execPath, [join(root, 'scripts/build.js')], { encoding: 'utf8' });
  expect(stderr).toBe('');
  for (const name of ['process-channel', 'broker-front'] as const) {
    await ensureDom0Program(name, new AbortController().signal);
  }
}

export interface Operation {
  words(dom0: Dom0): string[];
  /** Instead of running the command alone: who is to die is started with `env`. Gives how the command ended. */
  run?(dom0: Dom0, env: Record<string, string>): Promise<Ended>;
  prepare?(dom0: Dom0): Promise<void> | void;
  env?: Record<string, string>;
  /** Exit statuses of a second time, beside 0: it may find it done. */
  may?: number[];
  /** In place of a second time: what a user does then. */
  again?(dom0: Dom0): Promise<unknown>;
  /** In place of both: what a user does to whatever came of it, the first time too. */
  undo?(dom0: Dom0): Promise<unknown>;
  /** What it comes to, where that is not told by `state`. */
  done?(dom0: Dom0): Promise<void> | void;
  /** Scripts in dom0 do not die: others do what these do, and do there. */
  scriptsLive?: boolean;
  /** The fewest points that there are. */
  least: number;
}

interface Point {
  env: Record<string, string>;
  what: string;
}

const atOnce = 3;
/** Of dom0's programs; the others look. */
const changing = /^(?!xl (?:list|info|vcpu-list|domid|cpupool-list)|xenstore-(?:read|exists|list|ls|watch)|tr )/;

function run(operation: Operation, dom0: Dom0, env: Record<string, string>): Promise<Ended> {
  return operation.run?.(dom0, env) ?? dom0.lwd(operation.words(dom0), { ...operation.env, ...env });
}

async function fresh<T>(operation: Operation, use: (dom0: Dom0) => Promise<T>): Promise<T> {
  const dom0 = new Dom0();
  try {
    await operation.prepare?.(dom0);
    return await use(dom0);
  } finally {
    dom0.drop();
  }
}

/** Its points, and what it comes to, from a run that is left to live. */
function looked(operation: Operation): Promise<{ points: Point[]; done: string[] }> {
  return fresh(operation, async (dom0) => {
    const log = join(dom0.folder, 'steps-of-lwd');
    const ended = await run(operation, dom0, { LWD_CRASH_LOG: log, ...dom0.counting });
    expect(ended, ended.stderr).toMatchObject({ status: 0 });
    await ordered(dom0, 'a run that was left to live');
    await operation.undo?.(dom0);
    await operation.done?.(dom0);
    const steps = readFileSync(log, 'utf8').trimEnd().split('\n');
    const theirs = dom0.steps();
    const points = [...pointsOfLwd(steps, theirs), ...(operation.scriptsLive ? [] : pointsOfDom0(theirs))];
    return { points, done: dom0.state() };
  });
}

/**
 * After a change is before the next one, where that follows at once. A step that only looks has no points of its own: who dies at
 * it leaves what was there after the last change. Of several processes each counts its own steps, and dies at its own.
 */
function pointsOfLwd(lines: readonly string[], theirs: ReturnType<Dom0['steps']>): Point[] {
  const looks = (_: string, index: number) => {
    const started = theirs.filter(({ line }) => line === index + 1);
    return started.length > 0 && !started.some(({ what }) => changing.test(what));
  };
  const steps = new Map(
    lines.filter((line, index) => !looks(line, index)).map((line) => [Number.parseInt(line, 10), line]),
  );
  return [...steps].flatMap(([number, line]) => {
    const moments = ['before', ...(isProgram(line) ? ['during'] : []), ...(steps.has(number + 1) ? [] : ['after'])];
    return moments.map((moment) => ({
      env: { LWD_CRASH_AT: `${number}:${moment}` },
      what: `lwd ${moment} ${line.slice(0, 60)}`,
    }));
  });
}

/** A file is changed at once, a program takes its time. */
const isProgram = (line: string) => /^\d+ (?:sh|xl|start|ask|env|tar|rm -rf|\/\S+) /.test(line);

function pointsOfDom0(theirs: ReturnType<Dom0['steps']>): Point[] {
  const changes = theirs.map(({ what }) => changing.test(what));
  return theirs.flatMap(({ what }, index) => {
    const moments = changes[index] ? ['before', ...(changes[index + 1] ? [] : ['after'])] : [];
    return moments.map((moment) => ({
      env: { STAND_IN_DIES: `${index + 1}:${moment}` },
      what: `dom0 ${moment} ${index + 1}, ${what}`,
    }));
  });
}

/** Dies at each. */
export async function walk(operation: Operation): Promise<void> {
  const { points, done } = await looked(operation);
  expect(points.length, points.map(({ what }) => what).join('\n')).toBeGreaterThanOrEqual(operation.least);
  const left = [...points];
  const worker = async () => {
    for (let point = left.shift(); point !== undefined; point = left.shift()) await crashAt(operation, point, done);
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function crashAt(operation: Operation, { env, what }: Point, done: string[]): Promise<void> {
  return fresh(operation, async (dom0) => {
    const begin = dom0.state().join();
    const { status } = await run(operation, dom0, env.STAND_IN_DIES ? { ...env, ...dom0.counting } : env);
    if (env.LWD_CRASH_AT && !operation.undo) expect(status, what).toBeUndefined();
    await ordered(dom0, what);
    if (operation.undo) {
      await operation.undo(dom0);
      await ordered(dom0, `${what}, and taken back`);
      await operation.done?.(dom0);
      return expect(dom0.state(), what).toEqual(done);
    }
    const now = dom0.state().join();
    // Either as if nothing had happened or as if it had not died; else, once more has to do what it is for.
    if (now === done.join()) return;
    if (now === begin && operation.done === undefined) return;
    if (operation.again) await operation.again(dom0);
    else {
      const { status, stderr } = await dom0.lwd(operation.words(dom0), operation.env);
      expect([0, ...(operation.may ?? [])], `${what}: ${stderr}`).toContain(status);
    }
    await ordered(dom0, `${what}, and once more`);
    await operation.done?.(dom0);
    expect(dom0.state(), what).toEqual(done);
  });
}

/** For `undo`: there are no domains any more. */
export async function takenDown(dom0: Dom0): Promise<void> {
  if (dom0.domains().length === 0) return;
  await takeDown(dom0.host, await listDomains(dom0.host), { grace: 0, signal: new AbortController().signal });
}

/** Order is made at once, whatever still goes on in dom0, and again if that was too early. */
async function ordered(dom0: Dom0, what: string): Promise<void> {
  const began = performance.now();
  let left: string[];
  do {
    await reconcile(dom0.host, 0);
    await dom0.reconcileHere();
    for (let look = 0; look < looks; look++) {
      left = dom0.disorder();
      if (left.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } while (performance.now() - began < patience);
  expect(dom0.disorder(), what).toEqual([]);
}

/** Milliseconds. */
const patience = 20_000;
const looks = 20;
