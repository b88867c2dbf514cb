import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { InputFeed } from '../../../../src/xl/stream/input-feed.js';

it('waits for room without asking a full stream again and again', async () => {
  // As many bytes are left as the stream wants to hold: asked for nothing, it would say each time that there is something.
  const source = new Readable({ highWaterMark: 4, read: () => {} });
  source.push('0123456');
  let told = 0;
  source.on('readable', () => {
    told += 1;
    if (told > 100) source.destroy();
  });
  const taken: Uint8Array[] = [];
  let ended = false;
  const taker = { longest: 2, take: (chunk: Uint8Array) => void taken.push(chunk), end: () => (ended = true) };
  const feed = new InputFeed(() => source, taker);
  feed.grant(3);
  await setImmediate();
  source.emit('readable');
  source.emit('readable');
  await setImmediate();
  expect(told).toBeLessThan(10);
  expect(Buffer.concat(taken).toString()).toBe('012');
  source.push(null);
  feed.grant(10);
  await setImmediate();
  expect(Buffer.concat(taken).toString()).toBe('0123456');
  expect(ended).toBe(true);
});
