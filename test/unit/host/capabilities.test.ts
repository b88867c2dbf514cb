import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  capabilitiesFromProbe,
  checkXl,
  consoleLogDirectory,
  parseXlInfo,
  probeScript,
} from '../../../src/host/capabilities.js';

const info = `host                   : node
virt_caps              : pv hvm hap gnttab-v1 gnttab-v2
xen_version            : 4.20.4
xen_caps               : xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_64
cc_compile_date        : Fri Jul 31 21:59:26 UTC 2026
`;

function probe(text: string, processor: string, consoled = '') {
  const stdout = `${text}--- xenconsoled\n${consoled}--- processor\n ${processor}\n`;
  const result = { command: ['sh'], exitCode: 0, stdout, stderr: '', timedOut: false, aborted: false };
  return { ...result, signal: undefined, startError: undefined };
}

describe('capabilitiesFromProbe', () => {
  it('knows what hardware makes fast', () => {
    expect(capabilitiesFromProbe(probe(info, 'AMD EPYC 9654', '/usr/sbin/xenconsoled\n--log=guest\n'), 'x')).toEqual({
      xenVersion: '4.20.4',
      types: ['pv', 'pvh'],
      fastPvh: true,
      consoleLogs: '/var/log/xen/console',
    });
  });

  it('does not take emulation for hardware', () => {
    expect(capabilitiesFromProbe(probe(info, 'QEMU TCG CPU version 2.5+'), 'x').fastPvh).toBe(false);
  });

  it('leaves out what the host cannot do', () => {
    const noHap = info.replace(' hap', '');
    expect(capabilitiesFromProbe(probe(noHap, 'Xeon'), 'x')).toMatchObject({ types: ['pv'], fastPvh: false });
    const noPv = info.replace('xen-3.0-x86_64 ', '');
    expect(capabilitiesFromProbe(probe(noPv, 'Xeon'), 'x').types).toEqual(['pvh']);
    expect(capabilitiesFromProbe(probe(info, 'Xeon'), 'x').consoleLogs).toBeUndefined();
  });

  it('says what is wrong with xl', () => {
    const failed = { ...probe('', ''), exitCode: 1, stderr: 'xencall: error: Could not obtain handle\n' };
    expect(() => capabilitiesFromProbe(failed, 'node')).toThrow(/xl does not work on node: xencall/);
    expect(() => capabilitiesFromProbe({ ...failed, exitCode: 127 }, 'node')).toThrow(/there is no xl on node/);
  });
});

describe('the probe script', () => {
  it('gives text that is understood, with a real shell and a fake xl', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lwd-probe-'));
    try {
      writeFileSync(join(folder, 'xl'), `#!/bin/sh\ncat <<'E'\n${info}E\n`, { mode: 0o755 });
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
      const stdout = execFileSync('sh', ['-c', probeScript], { env }).toString();
      expect(capabilitiesFromProbe({ ...probe('', ''), stdout }, 'x')).toMatchObject({ types: ['pv', 'pvh'] });
      expect(stdout.split('--- processor\n')[1]?.trim()).not.toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a look at the domains', () => {
  it('of a node without xl, or with one that we may not use, says so', () => {
    const failed = (exitCode: number, stderr: string) => ({ ...probe('', ''), exitCode, stderr });
    expect(() => checkXl(failed(127, 'sh: 1: xl: not found\n'), 'node1')).toThrow('there is no xl on node1');
    expect(() => checkXl(failed(1, 'xencall: error: Permission denied\ncannot init xl context\n'), 'node1')).toThrow(
      expect.objectContaining({ exitCode: 77, message: expect.stringContaining('xl does not work on node1') }),
    );
    expect(() => checkXl(failed(1, 'libxl: error: of another sort\n'), 'node1')).not.toThrow();
  });
});

describe('details', () => {
  it('splits at the first colon only', () => {
    expect(parseXlInfo('date : 21:59:26\nno colon\n: no key\n').get('date')).toBe('21:59:26');
  });

  it('finds the folder of the logs in every spelling', () => {
    expect(consoleLogDirectory(['xenconsoled', '--log=all', '--log-dir=/logs'])).toBe('/logs');
    expect(consoleLogDirectory(['xenconsoled', '--log', 'guest', '--log-dir', '/logs'])).toBe('/logs');
    expect(consoleLogDirectory(['xenconsoled', '--log=hv'])).toBeUndefined();
    expect(consoleLogDirectory(['xenconsoled'])).toBeUndefined();
    expect(consoleLogDirectory([])).toBeUndefined();
  });
});
