import { describe, expect, test } from 'vitest';
import { keyText } from '../../../src/config/explain.js';
import { nearest } from '../../../src/config/nearest.js';

describe('the nearest known key', () => {
  const known = ['memory', 'maxmem', 'vcpus', 'cpus', 'type', 'on_crash'];

  test.each([
    ['memroy', 'memory'],
    ['Memory', 'memory'],
    ['vcpu', 'vcpus'],
    ['oncrash', 'on_crash'],
    ['cpu', 'cpus'],
    ['typ', 'type'],
    ['bootloader', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%s → %s', (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });
});

test('keys as people write them', () => {
  expect(keyText(['files', 0, 'target'])).toBe('files[0].target');
  expect(keyText([])).toBe('');
});
