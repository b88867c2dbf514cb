/** One domain's life as a command stays with it: dom0's script runs here for real, with stand-ins for Xen's tools. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HostCapabilities } from '../../../src/host/host.js';
import { LocalHost } from '../../../src/host/local.js';
import { Output } from '../../../src/report/output.js';
import type { EndedRun } from '../../../src/report/up.js';
import { plainSink } from '../../../src/run/output-sink.js';
import { type RunOrder, runDomain } from '../../../src/run/run-domain.js';
import { Interruption } from '../../../src/sys/interruption.js';
import type { TcpAddress } from '../../../src/sys/relay.js';
import type { Image } from '../../../src/xl/spec/image.js';
import type { DomainWish } from '../../../src/xl/spec/spec.js';
import { bareSettings, wishFor } from '../../../src/xl/spec/wish.js';
import { processChannelPath } from '../xl/life/launch-request.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../fixtures/dom0');
const path = process.env.PATH;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-run-'));
  process.env.PATH = `${fixtures}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
  writeFileSync(join(folder, 'kernel'), '');
});

afterEach(() => {
  vi.unstubAllEnvs();
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  rmSync(folder, { recursive: true, force: true });
});

/** What it was asked to forward, and what of that was given back. */
class Dom0 extends LocalHost {
  readonly open = new Set<number>();

  override async capabilities(): Promise<HostCapabilities> {
    return { xenVersion: '4.20.0', types: ['pv'], fastPvh: false, consoleLogs: folder };
  }

  override async forward(listen: TcpAddress, to: TcpAddress): Promise<{ close(): Promise<void> }> {
    const relay = await super.forward(listen, to);
    this.open.add(listen.port);
    return {
      close: async () => {
        await relay.close();
        this.open.delete(listen.port);
      },
    };
  }
}

async function freePort(): Promise<number> {
  const server = createServer((_: Socket) => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A run of a domain "t" that has these things besides. */
async function runOf(
  host: Dom0,
  things: Partial<DomainWish>,
  order: Partial<RunOrder>,
  { interruption = new Interruption(), lease }: { interruption?: Interruption; lease?: number } = {},
): Promise<EndedRun> {
  const image: Image = {
    ...{ name: 't', kernel: { path: join(folder, 'kernel'), sha256: '' }, ramdisk: undefined, symbols: undefined },
    facts: { types: ['pv'], guestOs: 'lwd', hasChannel: true, hasSymbols: false },
  };
  const wish = { ...wishFor(image, bareSettings, {}, []), ...things };
  const sent = {
    ...{ image, kernel: image.kernel.path, ramdisk: undefined, volumeServer: undefined },
    processChannel: await processChannelPath(),
  };
  const output = new Output({ json: false, quiet: true, verbose: false });
  const context = { host, output, interruption, lease };
  const standard = { sink: plainSink(false), timeLimit: undefined, grace: 100, ports: [], trace: undefined };
  return runDomain(context, { host, sent, wish }, { ...standard, ...order });
}

test('a published port is given back when the domain does not come about', async () => {
  writeFileSync(
    join(folder, 'create'),
    'until [ -e "$FAKE_DOM0/go" ]; do sleep 0.01; done; echo "no such thing"; exit 3',
  );
  const network = [{ bridge: 'xenbr0', ip: '127.0.0.1/8', gateway: undefined, dns: [], mac: undefined }];
  const host = new Dom0();
  const port = await freePort();
  const ports = [{ listen: { address: '127.0.0.1', port }, port: 1 }];
  const running = runOf(host, { network }, { ports });
  await expect.poll(() => host.open.size).toBe(1);
  writeFileSync(join(folder, 'go'), '');
  await expect(running).rejects.toThrow('the host refused the domain');
  expect([...host.open]).toEqual([]);
  expect(existsSync(join(folder, 'guest-t.log'))).toBe(false);
});

const ends = `
echo "Waiting for domain t (domid 7) to die [pid $$]" >&2
echo "Domain 7 has shut down, reason code 0 0x0" >&2`;

test('a domain that Xen keeps is told of, if somebody has worked for it who may not have written all', async () => {
  // Whichever domain is made is there from then on.
  writeFileSync(join(folder, 'create'), `ls "$FAKE_DOM0/runs" >>"$FAKE_DOM0/seen"${ends}`);
  writeFileSync(join(folder, 'list'), 'cat "$FAKE_DOM0/seen"');
  writeFileSync(join(folder, 'xenstore-ls'), '/local/domain/7/data/lwd/exit = "v1 code=3"\n');
  writeFileSync(join(folder, 'disk'), Buffer.alloc(512));
  const disks = [{ source: join(folder, 'disk'), target: 'xvda', readonly: false }];
  const { status, finished } = await runOf(new Dom0(), { disks }, {});
  expect(status).toBe(3);
  expect(finished.notes).toEqual([expect.stringMatching(/^t is not wholly gone: Xen keeps it until nobody in dom0/)]);
  const gone = await runOf(new Dom0(), {}, {});
  expect(gone.finished.notes).toEqual([]);
}, 30_000);

// What the guard does: it writes into the lease that it is over, and destroys the domain.
const fenced = `
echo "Waiting for domain t (domid 7) to die [pid $$]" >&2
for lease in "$FAKE_DOM0"/runs/*.lease; do echo "ended as nobody renewed it" 1<>"$lease"; done
echo "Domain 7 has been destroyed" >&2`;
const gone = `
echo "Waiting for domain t (domid 7) to die [pid $$]" >&2
echo "Domain 7 has been destroyed" >&2`;

test.each([
  ['by its lease', fenced, false, 'lease', 137],
  ['by its lease, in a job', fenced, true, 'lease', 75],
  ['by somebody, in a job', gone, true, undefined, 137],
] as const)('a domain that was ended %s', async (_, create, job, cause, status) => {
  vi.stubEnv('LWD_BATCH', '');
  vi.stubEnv('FLUX_JOB_ID', job ? 'ƒ1' : '');
  writeFileSync(join(folder, 'create'), create);
  const ended = await runOf(new Dom0(), {}, {}, { lease: 60 });
  expect(ended.finished.cause).toBe(cause);
  expect(ended.finished.outcome.kind).toBe('destroyed');
  expect(ended.status).toBe(status);
});

test('a job that is told to end is not run again, whatever its lease did meanwhile', async () => {
  vi.stubEnv('FLUX_JOB_ID', 'ƒ1');
  writeFileSync(join(folder, 'create'), fenced);
  const interruption = new Interruption();
  const examined = { read: async () => interruption.raise('SIGTERM'), write: async () => undefined };
  const ended = await runOf(
    new Dom0(),
    {},
    { trace: examined as unknown as RunOrder['trace'] },
    { lease: 60, interruption },
  );
  expect(ended.status).toBe(143);
});
