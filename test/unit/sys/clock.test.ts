import { describe, expect, it } from 'vitest';
import { monotonic, waitFor, wallText } from '../../../src/sys/clock.js';

describe('waitFor', () => {
  it('looks until there is something, and no further', async () => {
    let looks = 0;
    const found = await waitFor(() => (++looks === 3 ? 'here' : undefined), { timeout: 5000, interval: 1 });
    expect(found).toBe('here');
    expect(looks).toBe(3);
  });

  it('looks at least once, and gives up when the time is over', async () => {
    let looks = 0;
    const started = monotonic();
    expect(await waitFor(() => void looks++, { timeout: 0 })).toBeUndefined();
    expect(looks).toBe(1);
    await waitFor(() => undefined, { timeout: 30, interval: 1 });
    expect(monotonic() - started).toBeGreaterThanOrEqual(29);
  });

  it('ends with what the look throws, and with an abort', async () => {
    const failing = waitFor(() => Promise.reject(new Error('broken')), { timeout: 5000 });
    await expect(failing).rejects.toThrow('broken');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(waitFor(() => undefined, { timeout: 5000, signal })).rejects.toThrow('enough');
    const later = new AbortController();
    const waiting = waitFor(() => undefined, { timeout: 60_000, interval: 60_000, signal: later.signal });
    later.abort(new Error('enough, too'));
    await expect(waiting).rejects.toThrow('enough, too');
  });
});

describe('wallText', () => {
  it('is ISO 8601 to the second', () => {
    expect(wallText()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });
});
