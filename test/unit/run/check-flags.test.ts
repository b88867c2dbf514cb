/** Flags that do not go with several domains. */
import { expect, test } from 'vitest';
import type { UserError } from '../../../src/errors.js';
import { LocalHost } from '../../../src/host/local.js';
import { checkDetached, checkForOne, checkForSeveral } from '../../../src/run/check-flags.js';
import type { Condition, Task } from '../../../src/run/schedule.js';

const waiting = (condition: Condition): Task[] => [{ after: [] }, { after: [{ task: 0, condition }] }];

test('what is of one domain is refused for several', () => {
  expect(() => checkForSeveral({ publish: ['80:80'], detach: false }, [])).toThrow('--publish');
  expect(() => checkForSeveral({ trace: 'out.json', detach: false }, [])).toThrow('--trace');
  expect(() => checkForSeveral({ detach: false }, waiting('succeeded'))).not.toThrow();
});

test('who is detached cannot wait for an end', () => {
  expect(() => checkForSeveral({ detach: true }, waiting('started'))).not.toThrow();
  expect(() => checkForSeveral({ detach: true }, waiting('ended'))).toThrow('--detach');
  expect(() => checkForSeveral({ detach: true }, waiting('succeeded'))).toThrow('--detach');
});

test('who is detached ends nobody', () => {
  const next = (flags: { timeout?: string; grace?: string }) => {
    try {
      return checkDetached({ detach: true, ...flags });
    } catch (error) {
      return [(error as UserError).message, ...(error as UserError).next].join('\n');
    }
  };
  expect(next({ timeout: '5m' })).toMatch(/^--timeout is for[\s\S]*--lease[\s\S]*lwd wait/);
  expect(next({ grace: '5s' })).toMatch(/^--grace is for[\s\S]*lwd down NAME --grace/);
  expect(next({})).toBeUndefined();
  expect(() => checkDetached({ detach: false, timeout: '5m', grace: '5s' })).not.toThrow();
});

test('one domain runs on one host', () => {
  const host = new LocalHost();
  expect(() => checkForOne([host])).not.toThrow();
  expect(() => checkForOne([host, host])).toThrow('2 hosts');
});
