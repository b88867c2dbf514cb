import { expect, it } from 'vitest';
import { mirrorFromTargets } from '../../../src/sys/apt.js';

it('takes the main archive, not security and not a stranger', () => {
  const text = [
    'http://third.example/repo\tmain\tStranger\tStranger',
    'http://mirror.example/debian-security\tmain\tDebian\tDebian-Security',
    'http://mirror.example/debian/\tcontrib\tDebian\tDebian',
    'http://mirror.example/debian/\tmain\tDebian\tDebian',
  ].join('\n');
  expect(mirrorFromTargets(text)).toBe('http://mirror.example/debian');
});

it('goes by the address before the lists were ever fetched', () => {
  const text = 'http://mirror.example/debian-security\tmain\t\t\nhttp://mirror.example/debian\tmain\t\t\n';
  expect(mirrorFromTargets(text)).toBe('http://mirror.example/debian');
});

it('knows none where apt has none', () => {
  expect(mirrorFromTargets('')).toBeUndefined();
  expect(mirrorFromTargets('http://archive.example/ubuntu\tmain\tUbuntu\tUbuntu')).toBeUndefined();
});
