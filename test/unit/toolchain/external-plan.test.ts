import { describe, expect, test } from 'vitest';
import type { ExternalBuild } from '../../../src/config/model.js';
import { planExternal } from '../../../src/toolchain/external-plan.js';
import { project, sysroot } from './project.js';

function plan(external: Partial<ExternalBuild>, build: object = {}) {
  const whole: ExternalBuild = {
    system: 'cmake',
    folder: '/p',
    arguments: [],
    targets: [],
    program: 'app',
    ...external,
  };
  const described = project('/p', { sources: [], external: whole, ...build });
  return planExternal(described, whole, sysroot, 3);
}

describe('the plan for a build system of its own', () => {
  test('works below .lwd/build, and finds the program there', () => {
    expect(plan({ program: 'src/app' })).toMatchObject({
      folder: '/p/.lwd/build/cmake',
      program: '/p/.lwd/build/cmake/src/app',
      build: ['ninja', '-j3'],
      copyFrom: undefined,
    });
  });

  test('configures for the triple, by a path that does not name the project', () => {
    const { prepare, build } = plan({ system: 'configure', folder: '/p/lib', arguments: ['--x'], targets: ['all'] });
    expect(prepare).toEqual(['../../../lib/configure', '--host=x86_64-lwd-elf', '--x']);
    expect(build).toEqual(['make', '-j3', 'all']);
  });

  test('overrules the compiler that a plain makefile names, and copies its sources', () => {
    const { prepare, build, copyFrom } = plan({ system: 'make', arguments: ['V=1'], targets: ['app'] });
    expect([prepare, copyFrom]).toEqual([undefined, '/p']);
    expect(build).toEqual(expect.arrayContaining(['CC=x86_64-lwd-elf-clang', 'AR=x86_64-lwd-elf-ar']));
    expect(build.slice(-2)).toEqual(['V=1', 'app']);
  });

  test("gives the profile's flags and then the project's", () => {
    const { variables } = plan({}, { profile: 'debug', flags: ['-DX="a b"'] });
    expect(variables.CFLAGS).toBe(`-Og -g '-DX="a b"'`);
  });

  test('begins anew when anything changes that the build system would not notice', () => {
    const keys = [
      plan({}),
      plan({ arguments: ['-DA=1'] }),
      plan({}, { flags: ['-O3'] }),
      plan({}, { profile: 'debug' }),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(plan({}).key).toBe(keys[0]);
  });
});
