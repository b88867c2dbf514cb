import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderConfig } from '../../../../src/xl/spec/cfg.js';
import type { DomainSpec } from '../../../../src/xl/spec/spec.js';
import { domainSpecs } from './specs.js';

const spec: DomainSpec = {
  name: 'cg',
  uuid: '6c776400-0001-8002-8003-000000000004',
  type: 'pv',
  kernel: '/var/lib/lwd/pushed/abc',
  ramdisk: undefined,
  commandLine: '-- cg /lund_a.rsa',
  memory: 64,
  maxmem: 64,
  vcpus: 1,
  cpus: '2',
  pool: undefined,
  placement: undefined,
  group: undefined,
  channel: false,
  onCrash: 'destroy',
  nativeTsc: true,
  volumes: [],
  disks: [],
  network: [],
};

describe('xl.cfg', () => {
  test('for xl itself: actions that clean up', () => {
    expect(renderConfig({ ...spec, uuid: undefined }, 'xl')).toBe(`name="cg"
type="pv"
kernel="/var/lib/lwd/pushed/abc"
cmdline="-- cg /lund_a.rsa"
memory=64
maxmem=64
vcpus=1
cpus="2"
tsc_mode="native"
on_poweroff="destroy"
on_reboot="destroy"
on_watchdog="destroy"
on_crash="destroy"
`);
  });

  test('for lwd: whatever happens, the outcome stays to be read', () => {
    const text = renderConfig(spec, 'lwd');
    for (const action of ['poweroff', 'reboot', 'watchdog', 'crash'])
      expect(text).toContain(`on_${action}="preserve"\n`);
  });

  test('is one assignment a line, with the four escapes that xl keeps and no other', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
    const text = /"(?:[^"\\\u0000-\u001f\u007f]|\\[\\"nt])*"/.source;
    const line = new RegExp(`^[a-z][_0-9a-z]*=(?:(?:0|[1-9]\\d*)|${text}|\\[${text}(?:, ${text})*\\])$`);
    fc.assert(
      fc.property(domainSpecs, (any) => {
        const config = renderConfig(any, 'lwd');
        expect(config.endsWith('\n')).toBe(true);
        for (const written of config.slice(0, -1).split('\n')) expect(written).toMatch(line);
      }),
    );
  });

  test('gives back what went in', () => {
    fc.assert(
      fc.property(domainSpecs, (any) => {
        const values = new Map(
          renderConfig(any, 'xl')
            .trimEnd()
            .split('\n')
            .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
        );
        // The four escapes are JSON's too.
        const read = (key: string) => JSON.parse(values.get(key) ?? 'null');
        expect(read('cmdline')).toBe(any.commandLine);
        expect(read('kernel')).toBe(any.kernel);
        expect(read('ramdisk')).toBe(any.ramdisk ?? null);
        expect(read('name')).toBe(any.name);
        expect(read('memory')).toBe(any.memory);
      }),
    );
  });

  test.each(['\0', '\u0001', '\r', '\u001b[31m', '\u007f', '\ud800'])('never writes %j', (bad) => {
    expect(() => renderConfig({ ...spec, commandLine: `a${bad}` }, 'xl')).toThrow();
  });

  test('never writes a number that xl would read otherwise', () => {
    for (const memory of [1.5, -1, Number.NaN, 1e21]) expect(() => renderConfig({ ...spec, memory }, 'xl')).toThrow();
  });
});
