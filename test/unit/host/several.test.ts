/** Work on several hosts at once, and a host whose time is over. */
import { describe, expect, it } from 'vitest';
import { HostError } from '../../../src/errors.js';
import { bounded } from '../../../src/host/bounded.js';
import { BrokerHost } from '../../../src/host/broker/broker-host.js';
import { LocalHost } from '../../../src/host/local.js';
import { everywhere } from '../../../src/host/several.js';
import { monotonic } from '../../../src/sys/clock.js';
import { whyTheyRemain } from '../../../src/xl/observed/remains.js';

describe('everywhere', () => {
  const hosts = [{ name: 'a' }, { name: 'dead' }, { name: 'c' }];
  const work = async ({ name }: { name: string }) => {
    if (name === 'dead') throw new HostError('cannot reach dead');
    return name.toUpperCase();
  };

  it('one that fails does not hide the others', async () => {
    const { done, failed } = await everywhere(hosts, work);
    expect(done.map(({ host, value }) => [host.name, value])).toEqual([
      ['a', 'A'],
      ['c', 'C'],
    ]);
    expect(failed).toMatchObject([{ host: 'dead', error: { message: 'cannot reach dead' } }]);
  });

  it('of a single host the failure is thrown, and a defect always', async () => {
    await expect(everywhere([{ name: 'dead' }], work)).rejects.toThrow('cannot reach dead');
    const defect = () => Promise.reject(new TypeError('a defect'));
    await expect(everywhere(hosts, defect)).rejects.toThrow('a defect');
  });

  it('is as slow as the slowest, not as all together', async () => {
    let running = 0;
    let most = 0;
    await everywhere(hosts, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    expect(most).toBe(3);
  });
});

describe('a bounded host', () => {
  it('ends what runs when its time is over, and begins nothing after it', async () => {
    const limit = new AbortController();
    const host = bounded(new LocalHost(), limit.signal);
    expect((await host.exec(['echo', 'before'], { timeout: 5000 })).stdout).toBe('before\n');
    const began = monotonic();
    const call = host.exec(['sleep', '60'], { timeout: 60_000 });
    limit.abort(new Error('over'));
    await expect(call).rejects.toThrow('over');
    await expect(host.script('echo late', [], { timeout: 5000 })).rejects.toThrow('over');
    expect(monotonic() - began).toBeLessThan(30_000);
  });

  it('goes by its own time if the host does', () => {
    const virtual = Object.assign(new LocalHost(), { virtualTime: true });
    expect(bounded(virtual, new AbortController().signal).virtualTime).toBe(true);
  });

  it('is behind a broker if the host is, which is then not asked for what it does not take', async () => {
    const host = bounded(new BrokerHost('/nowhere'), new AbortController().signal);
    expect(host.broker).toBeInstanceOf(BrokerHost);
    expect(await whyTheyRemain(host, ['6c776400-0000-8000-8000-000000000000'])).toMatch(/^Xen keeps it until/);
  });
});
