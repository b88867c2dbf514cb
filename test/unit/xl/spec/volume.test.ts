import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkVolumes, parseVolume, serverArguments } from '../../../../src/xl/spec/volume.js';

const volume = (target: string) => ({ source: '/srv/data', target, readonly: false });

describe('--volume', () => {
  test.each([
    ['data:/data', 'data', '/data', false],
    ['./a:b:/data:ro', 'a:b', '/data', true],
    ['/srv/x:/deep/er:rw', '/srv/x', '/deep/er', false],
  ])('%s', (text, source, target, readonly) => {
    expect(parseVolume(text)).toEqual({
      source: join(process.cwd(), source).replace(/^.*\/srv/, '/srv'),
      target,
      readonly,
    });
  });

  test.each(['', 'data', 'data:data', ':/data', 'data:/data:wo', 'data:/a:b'])('"%s" is refused', (text) => {
    expect(() => parseVolume(text)).toThrow('is not SOURCE:TARGET[:ro]');
  });
});

describe('the place in the domain', () => {
  test.each(['/', '/a//b', '/a/../b', '/.', '/a,script=/x', '/a b', 'data', '/a/', `/${'x'.repeat(200)}`])(
    '%s is refused',
    (target) => {
      expect(() => checkVolumes([volume(target)])).toThrow("cannot be a volume's place");
    },
  );

  test('twice is refused', () => {
    expect(() => checkVolumes([volume('/data'), volume('/other'), volume('/data')])).toThrow('two volumes');
    expect(checkVolumes([volume('/data'), volume('/data2')])).toHaveLength(2);
  });
});

test("the server's arguments: readonly is in the tag", () => {
  const paths = ['/srv/größe 1/x', '/a,script=/evil', '/a"b\n'];
  const [first = '', second = '', third = ''] = paths;
  expect(
    serverArguments([
      { target: '/data', readonly: true, path: first },
      { target: '/b', readonly: false, path: second },
      { target: '/c', readonly: false, path: third },
    ]),
  ).toEqual(['ro:/data', first, '/b', second, '/c', third]);
});
