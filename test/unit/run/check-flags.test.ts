/** Flags that do not go with several domains. */
import { expect, test } from 'vitest';
import { LocalHost } from '../../../src/host/local.js';
import { checkForOne, checkForSeveral } from '../../../src/run/check-flags.js';
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

test('one domain runs on one host', () => {
  const host = new LocalHost();
  expect(() => checkForOne([host])).not.toThrow();
  expect(() => checkForOne([host, host])).toThrow('2 hosts');
});
