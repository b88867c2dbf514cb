/**
 * Letting lwd, or its script in dom0, die at each of its steps (src/sys/crash-point.ts), and looking whether the host is in
 * order afterwards.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { dom0, lwd, lwdEnding, lwdJson, type RunOptions } from './lwd.js';

/** So many lwds at a time: each waits for dom0 most of the time. */
export const atOnce = 4;

export interface CrashRun {
  args(name: string): string[];
  cwd: string;
  env?: Record<string, string>;
  /** It takes what there is once only: one at a time, and this after each. */
  afterEach?(): Promise<void>;
}

interface Step {
  number: number;
  what: string;
}

/** Everything that this process takes for its own: lwd's temporary files of these runs, and nobody else's. */
export const scratch = mkdtempSync(join(tmpdir(), 'lwd-crash-'));

export function forgetScratch(): void {
  rmSync(scratch, { recursive: true, force: true });
}

function options({ cwd, env }: CrashRun, more: Record<string, string>): RunOptions {
  return { cwd, env: { TMPDIR: scratch, ...env, ...more } };
}

/** Its steps, from a run that is left to live; it must end with `status`. */
export async function stepsOf(run: CrashRun, name: string, status: number): Promise<Step[]> {
  const log = join(scratch, `steps-${name}`);
  await lwdEnding(status, run.args(name), options(run, { LWD_CRASH_LOG: log }));
  const steps = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ number: Number.parseInt(line, 10), what: line.slice(line.indexOf(' ') + 1) }));
  rmSync(log);
  return steps;
}

/** Crash points of these steps: before each; while it is under way, for programs; and after the last. */
export function pointsOf(steps: readonly Step[]): string[] {
  const during = steps.filter(({ what }) => what.startsWith('ssh ')).map(({ number }) => `${number}:during`);
  return [...steps.map(({ number }) => `${number}:before`), ...during, `${steps.length}:after`];
}

/** LWD_CRASH_POINTS=all. */
export const takesAll = process.env.LWD_CRASH_POINTS === 'all';

/** All of them if they are to be taken; else so many, from the first to the last, since each costs a second or two. */
export function someOf(points: readonly string[], most: number): string[] {
  if (takesAll || points.length <= most) return [...points];
  return Array.from(
    { length: most },
    (_, index) => points[Math.round((index * (points.length - 1)) / (most - 1))] as string,
  );
}

/** A run takes a step more or less, by what it finds there already: so many may live to their end. */
const mostSurvivors = 3;

/**
 * Runs one for each point, a few at a time. Each dies there; a few may end as usual, with `status`, before they come to it.
 * `run.args` is given the point, as a name for a domain.
 */
export async function crashAtEach(
  points: readonly string[],
  run: CrashRun,
  topic: string,
  status: number,
): Promise<void> {
  const survivors: string[] = [];
  await inTurns(points, run.afterEach ? 1 : atOnce, async (point) => {
    const name = `${topic}-${point.replace(':', '-')}`;
    const ended = await lwd(run.args(name), options(run, { LWD_CRASH_AT: point }));
    expect([undefined, status], `${topic} at ${point}: ${ended.stderr}`).toContain(ended.status);
    if (ended.status === status) survivors.push(point);
    await run.afterEach?.();
  });
  expect(survivors.length, `of ${points.length} these lived: ${survivors}`).toBeLessThanOrEqual(
    Math.min(mostSurvivors, points.length / 2),
  );
}

/** Does it for each, so many at a time. If one fails, those under way come to their end first. */
export async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      await work(items[next++] as T);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

const lookScript = `
list=$(xl list); echo "$list" | while read -r name rest; do echo "domain $name"; done
for file in /run/lwd/domains/* /var/log/xen/console/guest-* /var/lib/lwd/copies/* /var/lib/lwd/pushed/*.* /tmp/lwd-command-*; do
  [ ! -e "$file" ] || echo "file $file"
done
xl cpupool-list -c | while read -r name cpus; do [ "$name" = Name ] || echo "pool $name $cpus"; done
xenstore-ls -f /local/domain/0 | while read -r path rest; do
  case $path in */backend/*/*/*|*/lwd-9pfs/*) echo "node $path" ;; esac
done
for process in /proc/[0-9]*; do
  read -r name <$process/comm && case $name in xl|tail|lwd-volume|xenstore-watch) echo "process $name" ;; esac
done 2>/dev/null
losetup -a | while read -r device rest; do echo "loop $device"; done
ls /sys/class/net | while read -r card; do echo "card $card"; done`;

/** Whatever domains can leave in dom0, a line each. */
export async function look(): Promise<string[]> {
  return (await dom0('sh', '-c', lookScript)).trimEnd().split('\n').sort();
}

/** What the crashed lwds left on this machine. */
export function left(): string[] {
  const own = join(inject('runtimeDirectory'), 'lwd');
  const files = readdirSync(own).filter((name) => name.startsWith('ramdisk') || name.startsWith('.'));
  return [...readdirSync(scratch).filter((name) => name.startsWith('lwd-')), ...files];
}

interface Listed {
  name: string;
  image: string | null;
}

/** Brings the host to order, and has every domain that is there be a whole one, known once. Gives their names. */
export async function reconciled(): Promise<string[]> {
  await lwdEnding(0, ['reconcile', '--older-than', '0s'], { env: { TMPDIR: scratch } });
  const { domains } = (await lwdJson(['ps'])) as { domains: Listed[] };
  for (const { name, image } of domains) expect(image, `${name} is half-made`).not.toBeNull();
  const names = domains.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect((await look()).filter((line) => line.startsWith('domain ')).length - 2).toBe(names.length);
  return names;
}
