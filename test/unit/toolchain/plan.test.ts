import { describe, expect, test } from 'vitest';
import { planBuild } from '../../../src/toolchain/plan.js';
import { targetFlags } from '../../../src/toolchain/target.js';
import { project, sysroot, tools } from './project.js';

/** The arguments of each compilation. */
function compilations(plan: { compileCommands: string }): { file: string; directory: string; arguments: string[] }[] {
  return JSON.parse(plan.compileCommands);
}

describe('the plan', () => {
  test('does not depend on where the project lies, but for what keeps its place out of the image', () => {
    const [here, there] = ['/home/a/app', '/srv/b b/app'].map(
      (root) => planBuild(project(root), sysroot, tools, []).ninja,
    );
    expect(here?.replaceAll('/home/a/app', '')).toBe(
      there?.replaceAll('/srv/b b/app', '').replaceAll("'-ffile-prefix-map==.'", '-ffile-prefix-map==.'),
    );
  });

  test("puts the user's flags behind the profile's, and the target's first", () => {
    const plan = planBuild(
      project('/p', { flags: ['-O3', '-DX="a b"'], include: ['/p/include', '/p', '/other'] }),
      sysroot,
      tools,
      [],
    );
    const [command] = compilations(plan);
    const words = command?.arguments ?? [];
    expect(words.slice(1, 1 + targetFlags.length)).toEqual(targetFlags);
    expect(words.indexOf('-O3')).toBeGreaterThan(words.indexOf('-O2'));
    expect(words.filter((word) => word.startsWith('-I'))).toEqual(['-Iinclude', '-I.', '-I/other']);
    expect(command).toMatchObject({ file: 'src/main.c', directory: '/p' });
  });

  test('keeps objects of equal names apart, those outside of the project too', () => {
    const sources = ['/p/a/x.c', '/p/b/x.c', '/p/x.S', '/x.c', '/q/x.c'];
    const objects = compilations(planBuild(project('/p', { sources }), sysroot, tools, [])).map((each) =>
      each.arguments.at(-1),
    );
    expect(new Set(objects).size).toBe(sources.length);
    for (const object of objects) expect(object).toMatch(/^\.lwd\/build\/release\//);
  });

  test('libraries are found by compilations and by the linker, which links anew when one is another', () => {
    const built = (folder: string) => ({
      name: 'z',
      include: `${folder}/include`,
      archive: `${folder}/lib/libz.a`,
      source: { name: 'z', version: '1', sha256: '' },
    });
    const plan = planBuild(project('/p'), sysroot, tools, [built('/cache/z')]);
    const words = compilations(plan)[0]?.arguments ?? [];
    expect(words[words.indexOf('/cache/z/include') - 1]).toBe('-isystem');
    expect(words).toContain('-ffile-prefix-map=/cache/z/include=/lwd/ports/z');
    expect(plan.ninja).toMatch(/\| .*\/cache\/z\/lib\/libz\.a/);
    expect(plan.ninja).toMatch(/line = .*\/cache\/z\/lib\/libz\.a .*-llwd/);
    expect(plan.ninja).not.toBe(planBuild(project('/p'), sysroot, tools, [built('/cache/y')]).ninja);
  });

  test('lto is compiled as bitcode, the others are not', () => {
    const flagsOf = (profile: 'debug' | 'release' | 'lto') =>
      planBuild(project('/p', { profile }), sysroot, tools, []).flags;
    expect(flagsOf('lto')).toContain('-flto');
    expect(flagsOf('release')).not.toContain('-flto');
    expect(flagsOf('debug')).toContain('-Og');
  });
});
