import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../src/config/explain.js';
import { loadProject, parseProject } from '../../../src/config/load.js';
import { folderWith } from './project.js';

const MiB = 1024 * 1024;
const smallest = 'name: hello\nbuild: {sources: [main.c]}\n';

function project(text: string, files: Record<string, string> = { 'main.c': '' }, profile?: string) {
  return parseProject(text, folderWith(files), 'lwd.yaml', profile);
}

/** The messages for a text that must be refused. */
async function problemsOf(text: string, files?: Record<string, string>, profile?: string): Promise<string[]> {
  try {
    await project(text, files, profile);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
  throw new Error('was accepted');
}

describe('defaults', () => {
  test('name and sources are enough', async () => {
    const loaded = await project(smallest);
    expect(loaded).toMatchObject({
      name: 'hello',
      build: { sources: [join(loaded.root, 'main.c')], include: [], flags: [], libraries: [], profile: 'release' },
      files: [],
      args: [],
      env: {},
      domain: { type: 'auto', vcpus: 1, memory: 64 * MiB, maxmem: 64 * MiB, cpus: undefined, on_crash: 'destroy' },
      host: undefined,
    });
  });

  test('maxmem follows memory', async () => {
    const { domain } = await project(`${smallest}domain: {memory: 1G}\n`);
    expect(domain.maxmem).toBe(1024 * MiB);
  });
});

describe('what is written', () => {
  test('arguments, variables and flags are text even where YAML sees something else', async () => {
    const loaded = await project(`name: hello
build: {sources: [main.c], flags: [-O3, 1.50]}
args: [1, 2.50, yes, true, 0x10, 1e-10, "", "two words", "a\\nb", ü]
env: {TOLERANCE: 1e-10, N: 007, EMPTY: ""}
`);
    expect(loaded.args).toEqual(['1', '2.50', 'yes', 'true', '0x10', '1e-10', '', 'two words', 'a\nb', 'ü']);
    expect(loaded.env).toEqual({ TOLERANCE: '1e-10', N: '007', EMPTY: '' });
    expect(loaded.build.flags).toEqual(['-O3', '1.50']);
  });

  test.each([
    ['64M', 64],
    ['64MiB', 64],
    ['2G', 2048],
    ['2GiB', 2048],
    ['4M', 4],
  ])('memory %s', async (written, mebibytes) => {
    const { domain } = await project(`${smallest}domain: {memory: ${written}}\n`);
    expect(domain.memory).toBe(mebibytes * MiB);
  });

  test('any text survives as an argument and as a variable', async () => {
    const folder = folderWith({ 'main.c': '' });
    const text = fc.string({ unit: 'grapheme', maxLength: 80 }).filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), text, async (args, value) => {
        const written = `${smallest}args: ${JSON.stringify(args)}\nenv: {V: ${JSON.stringify(value)}}\n`;
        const loaded = await parseProject(written, folder, 'lwd.yaml');
        expect(loaded.args).toEqual(args);
        expect(loaded.env).toEqual({ V: value });
      }),
      { numRuns: 200 },
    );
  });

  test('names that JavaScript objects have of themselves are ordinary variables', async () => {
    const loaded = await project(`${smallest}env: {__proto__: a, constructor: b}\n`);
    expect(Object.entries(loaded.env)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});

describe('several domains', () => {
  test('each says what differs, and takes the rest from the project', async () => {
    const { domains, domain } = await project(`${smallest}args: [1]
env: {A: 1, B: 2}
domain: {memory: 8M, vcpus: 1}
disks: [{source: d, target: xvda}]
domains:
  server:
  worker: {count: 3, args: [2.50, yes], env: {B: 07}, domain: {maxmem: 16M}, disks: [], after: {server: started}}
`);
    expect(domain.memory).toBe(8 * MiB);
    const [server, worker] = domains;
    expect(server).toMatchObject({ name: 'server', count: undefined, after: [] });
    expect(server?.settings).toMatchObject({ args: ['1'], env: { A: '1', B: '2' }, domain });
    expect(server?.settings.disks).toHaveLength(1);
    expect(worker).toMatchObject({ name: 'worker', count: 3, after: [{ entry: 0, condition: 'started' }] });
    expect(worker?.settings).toMatchObject({ args: ['2.50', 'yes'], env: { A: '1', B: '07' }, disks: [] });
    expect(worker?.settings.domain).toEqual({ ...domain, maxmem: 16 * MiB });
  });

  test('what is wrong with the project is told once, where it stands', async () => {
    const text = `${smallest}domain: {memory: 2M}\ndomains: {a: {}, b: {domain: {vcpus: 2}}}\n`;
    expect(await problemsOf(text)).toEqual([
      'lwd.yaml:3:18 domain.memory: is less than 4M, the least that a domain starts with',
    ]);
    const broken = `${smallest}domain: {memory: 64}\ndomains: {a: {domain: {vcpus: 2}}}\n`;
    expect(await problemsOf(broken)).toHaveLength(1);
  });

  test('a profile can change them', async () => {
    const text = `${smallest}domains: {a: {count: 2}, b: {}}\nprofiles: {big: {domains: {a: {count: 64}}}}\n`;
    const { domains } = await project(text, undefined, 'big');
    expect(domains.map(({ name, count }) => [name, count])).toEqual([
      ['a', 64],
      ['b', undefined],
    ]);
  });
});

describe('what is refused', () => {
  test.each([
    ['name: 7x\nbuild: {sources: [main.c]}', 'lwd.yaml:1:7 name: is "7x", must be a name'],
    ['build: {sources: [main.c]}', 'lwd.yaml:1:1 name: is missing, must be a name'],
    ['name: x', 'lwd.yaml:1:1 build: is missing, must be a mapping'],
    ['', 'lwd.yaml:1:1 is empty, must be a mapping'],
    ['- a', 'lwd.yaml:1:1 is a list, must be a mapping'],
    [`${smallest}domain: {memory: 64}`, 'lwd.yaml:3:18 domain.memory: is 64, must be a size'],
    [`${smallest}domain: {memory: 64K}`, 'domain.memory: is "64K", must be a size'],
    [`${smallest}domain: {memory: 2M}`, 'domain.memory: is less than 4M'],
    [`${smallest}domain: {memory: 64M, maxmem: 32M}`, 'domain.maxmem: is less than memory (64M)'],
    [`${smallest}domain: {cpus: 2}`, 'domain.cpus: is 2, must be a list of CPUs in quotes'],
    [`${smallest}domain: {cpus: "2;reboot"}`, 'domain.cpus: is "2;reboot", must be'],
    [`${smallest}domain: {vcpus: 0}`, 'domain.vcpus: is 0, must be a whole number from 1 to 128'],
    [`${smallest}domain: {vcpus: 1.5}`, 'domain.vcpus: is 1.5, must be a whole number'],
    [`${smallest}domain: {type: hvm}`, 'domain.type: is "hvm", must be auto, pv or pvh'],
    [`${smallest}domain: {on_crash: restart}`, 'domain.on_crash: is "restart", must be destroy or preserve'],
    [`${smallest}domain: {}\ndomain: {}`, 'lwd.yaml:4:1 Map keys must be unique'],
    [`${smallest}domian: {}`, 'lwd.yaml:3:1 domian: is not known here; did you mean "domain"?'],
    [`${smallest}domain: {memmory: 64M}`, 'domain.memmory: is not known here; did you mean "memory"?'],
    [`${smallest}xyzzy: 1`, 'xyzzy: is not known here; known: name, build, files'],
    [`${smallest}domains: []`, 'lwd.yaml:3:10 domains: is a list, must be a mapping of names'],
    [`${smallest}domains: {}`, 'lwd.yaml:3:10 domains: is a mapping, must be at least one domain'],
    [`${smallest}domains:\n  a: {cuont: 2}`, 'lwd.yaml:4:7 domains.a.cuont: is not known here; did you mean "count"?'],
    [`${smallest}domains: {a: {domain: {memroy: 8M}}}`, 'domains.a.domain.memroy: is not known here; did you mean'],
    [`${smallest}domains: {a: {count: 0}}`, 'domains.a.count: is 0, must be a whole number from 1 to 1000'],
    [`${smallest}domains: {"a b": {}}`, 'domains: "a b" is not allowed as a name'],
    [`${smallest}domains:\n  a: {}\n  a: {}`, 'lwd.yaml:5:3 Map keys must be unique'],
    [`${smallest}domains: {a: {after: [b]}}`, 'domains.a.after: is a list, must be a mapping of names from'],
    [`${smallest}domains: {a: {after: {b: ready}}, b: {}}`, 'after.b: is "ready", must be started, ended or succeeded'],
    [
      `${smallest}domains:\n  server: {}\n  a:\n    after: {servr: started}`,
      'lwd.yaml:6:20 domains.a.after.servr: there is no "servr" in domains; did you mean "server"?',
    ],
    [
      `${smallest}domains:\n  a: {after: {b: ended}}\n  b: {after: {c: started}}\n  c: {after: {a: started}}`,
      'lwd.yaml:4:18 domains.a.after.b: none of them would ever start: a waits for b waits for c waits for a',
    ],
    [`${smallest}domains: {a: {after: {a: ended}}}`, 'domains.a.after.a: none of them would ever start: a waits for a'],
    [`${smallest}domains: {a: {domain: {maxmem: 32M}}}`, 'domains.a.domain.maxmem: is less than memory (64M)'],
    [
      `${smallest}domains: {a: {volumes: [{source: no, target: /x}]}}`,
      'domains.a.volumes[0].source: there is no folder',
    ],
    [`${smallest}domains: {${'a'.repeat(58)}: {count: 11}}`, 'makes a name longer than 63 characters: hello-aaa'],
    ['name: x\nbuild: {cargo: .}', 'build.cargo: is not yet supported'],
    [
      'name: x\nbuild: {flags: [-O3]}',
      'build: says not what to build: one of sources, configure, cmake, meson and make',
    ],
    ['name: x\nbuild: {cmake: ., make: .}', 'build: has cmake and make: one of sources, configure'],
    ['name: x\nbuild: {cmake: .}', 'build.cmake: there is no CMakeLists.txt in the folder .'],
    ['name: x\nbuild: {configure: src}', 'build.configure: there is no configure in the folder src (autoreconf -i'],
    ['name: x\nbuild: {sources: [main.c], targets: [all]}', 'build.targets: is for configure, cmake, meson and make'],
    ['name: x\nbuild: {cmake: ., include: [.]}', 'build.include: is for sources, and build has cmake'],
    ['name: x\nbuild: {cmake: ., program: ../x}', 'build.program: is "../x", must be the program\'s path'],
    [`${smallest}env: {"A B": c}`, 'lwd.yaml:3:7 env: "A B" is not allowed as a name'],
    [`${smallest}env: {A: }`, 'env.A: is empty, must be text'],
    [`${smallest}args: ["a\\0b"]`, 'args[0]: is "a\\u0000b", must be text, without NUL'],
    [`${smallest}host: ftp://x`, 'host: is "ftp://x", must be a host or several: local, embedded'],
    [`${smallest}hosts: {local: ssh://a}`, 'hosts: "local" is not allowed as a name'],
    [`${smallest}hosts: {lab: 3}`, 'hosts.lab: is 3, must be an address'],
    [`${smallest}hosts: {lab: [a, "b c"]}`, 'hosts.lab[1]: is "b c", must be a host\'s address'],
    [`${smallest}files: [{source: main.c, target: etc/x}]`, 'files[0].target: is "etc/x", must be an absolute path'],
    [
      `${smallest}files: [{source: main.c, target: /a/../b}]`,
      'files[0].target: is "/a/../b", must be an absolute path',
    ],
    [`${smallest}files: [{source: main.c, target: /.lwd/cmdline}]`, 'files[0].target: /.lwd is taken'],
    [`${smallest}files: [{source: nothing, target: /x}]`, 'files[0].source: there is no file'],
    [`${smallest}files: [{source: "port:matrices/no", target: /x}]`, 'there is no port "matrices" with a file "no"'],
    [`${smallest}files: [{source: "port:../x/y", target: /x}]`, 'there is no port'],
    [
      `${smallest}files: [{source: main.c, target: /x}, {source: main.c, target: /x/y}]`,
      'files[1].target: /x/y and /x: one cannot be both a file and a folder',
    ],
    [`${smallest}files: [{source: main.c, target: /x}, {source: main.c, target: /x}]`, '/x is there already'],
    [
      'name: release\nbuild: {sources: [main.c]}',
      'lwd.yaml:1:7 name: "release" is taken by lwd itself in .lwd/build; so are: debug, release, lto, build.ninja',
    ],
    ['name: cmake\nbuild: {cmake: .}', 'name: "cmake" is taken by lwd itself'],
    ['name: x\nbuild: {sources: []}', 'build.sources: is a list, must be at least one file or pattern'],
    ['name: x\nbuild: {sources: ["*.x"]}', 'build.sources[0]: "*.x" matches no file'],
    ['name: x\nbuild: {sources: [other.c]}', 'build.sources[0]: there is no file other.c'],
    ['name: x\nbuild: {sources: [main.c], include: [inc]}', 'build.include[0]: there is no folder inc'],
    ['name: x\nbuild: {sources: [main.c], libraries: [m]}', '"m" need not be named'],
    ['name: x\nbuild: {sources: [main.c], libraries: [blas]}', 'there is no library "blas"; known: lua, zlib'],
    ['name: x\nbuild: {sources: [main.c], libraries: [lwip]}', 'there is no library "lwip"'],
    ['name: x\nbuild: {make: ., libraries: [zlib]}', 'build.libraries: is for sources, and build has make'],
    [`${smallest}profiles: {p: {name: y}}`, 'profiles.p.name: is not known here'],
    [`${smallest}profiles: {p: {domain: {memory: 1}}}`, 'profiles.p.domain.memory: is 1, must be a size'],
    [`${smallest}profiles: [a, b]`, 'profiles: is a list, must be'],
    ['name: [', 'lwd.yaml:1:8 '],
    ['name: *nothing\n', 'lwd.yaml:1:7 '],
    ['{{{}: 1}: 2}', 'lwd.yaml:1:1 '],
  ])('%j', async (text, message) => {
    expect((await problemsOf(text)).join('\n')).toContain(message);
  });

  test.each([
    ['main.cc', 'there is no C++ library for domains yet'],
    ['main.f90', 'Fortran is not yet supported'],
    ['README.md', 'is no source'],
    ["it's.c", 'may be in a source'],
  ])('the source %s', async (file, message) => {
    const text = `name: x\nbuild: {sources: [${JSON.stringify(file)}]}\n`;
    expect(await problemsOf(text, { [file]: '' })).toEqual([expect.stringContaining(message)]);
  });

  test('everything at once, in the order of the file', async () => {
    const lines = await problemsOf(`name: 1
build: {sources: [gone.c], flasg: [-O3]}
domain:
  memory: 12
  cpus: "0-"
files: [{source: gone, target: /x}]
`);
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'lwd.yaml:1:7',
      'lwd.yaml:2:19',
      'lwd.yaml:2:28',
      'lwd.yaml:4:11',
      'lwd.yaml:5:9',
      'lwd.yaml:6:18',
    ]);
  });

  test('aliases that multiply end in an error, soon', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]`;
    });
    expect(await problemsOf(levels.join('\n'))).toEqual([expect.stringContaining('more than 20000 values')]);
  });

  test.each(['[', '{', '{a: ', '- ', '? '])('%j ten thousand times ends in an error', async (opening) => {
    const problems = await problemsOf(opening.repeat(10_000));
    expect(problems.length).toBeLessThanOrEqual(5);
    for (const problem of problems) expect(problem).toMatch(/^lwd\.yaml:\d+:\d+ /);
  });

  test('an alias of itself ends in an error', async () => {
    expect(await problemsOf('&a [*a]')).toEqual([expect.stringContaining('lwd.yaml:1:')]);
  });

  test('whatever the text, the outcome is a project or a ConfigurationError with positions', async () => {
    const folder = folderWith({ 'main.c': '' });
    const piece = fc.constantFrom(
      'name',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '*a',
      '&a',
      '"',
      "'",
      '|',
      '#',
      '!!x',
      '\t',
      '? ',
      'build',
      'sources',
      'domain',
      '0',
      'é',
      '\u0000',
      '%',
      '---',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        try {
          await parseProject(pieces.join(''), folder, 'lwd.yaml');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          expect((error as Error).message).toMatch(/^lwd\.yaml:\d+:\d+ /);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('files', () => {
  const inFolder = `${smallest}files: [{source: data, target: /d}]\n`;

  test('a folder gives all its files, those that are links as well', async () => {
    const root = folderWith({ 'main.c': '', 'data/a': '', 'data/x/b': '', other: '' });
    symlinkSync('../../other', join(root, 'data/x/c'));
    const { files } = await parseProject(inFolder, root, 'lwd.yaml');
    expect(files.map(({ target }) => target)).toEqual(['/d/a', '/d/x/b', '/d/x/c']);
    expect(files[2]?.source).toBe(join(root, 'data/x/c'));
  });

  test('what of a folder cannot be packed is told, each with its path', async () => {
    const root = folderWith({ 'main.c': '', 'data/a': '' });
    symlinkSync('nowhere', join(root, 'data/b'));
    symlinkSync('.', join(root, 'data/c'));
    execFileSync('mkfifo', [join(root, 'data/d')]);
    const refused = await parseProject(inFolder, root, 'lwd.yaml').catch((error) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect(refused.message.split('\n')).toEqual([
      `lwd.yaml:3:18 files[0].source: ${root}/data/b is a link to nothing`,
      `lwd.yaml:3:18 files[0].source: ${root}/data/c is a link to a folder: give that folder an entry of its own`,
      `lwd.yaml:3:18 files[0].source: ${root}/data/d is neither file nor folder`,
    ]);
  });

  test('a place below a file, and a file where a folder is', async () => {
    const entries = (targets: string[]) => targets.map((target) => `{source: main.c, target: ${target}}`).join(', ');
    const of = (...targets: string[]) => problemsOf(`${smallest}files: [${entries(targets)}]\n`);
    expect((await of('/a/b/c', '/a')).join()).toContain('files[1].target: /a and /a/b/c: one cannot be both');
    expect((await of('/a', '/a/b/c')).join()).toContain('files[1].target: /a/b/c and /a: one cannot be both');
  });
});

describe('profiles', () => {
  const text = `name: hello
build: {sources: [main.c], flags: [-Wall]}
domain: {memory: 64M, vcpus: 2}
env: {A: "1", B: "2"}
profiles:
  debug: {build: {profile: debug, flags: [-DDEBUG]}, domain: {on_crash: preserve}, env: {B: "3"}}
  small: {domain: {memory: 8M, maxmem: 4M}}
`;

  test.each([
    ['profiles: {p: }', 'p', 'lwd.yaml:3:15 profiles.p: is empty, must be a mapping'],
    ['profiles: {p: [a]}', 'p', 'lwd.yaml:3:15 profiles.p: is a list, must be a mapping'],
    ['profiles: [p]', 'length', 'lwd.yaml:3:11 profiles: is a list, must be a mapping'],
  ])('one that is no mapping, and is asked for: %s', async (written, profile, message) => {
    const problems = problemsOf(`${smallest}${written}\n`, undefined, profile).catch((error) => [error.message]);
    expect((await problems).join('\n')).toContain(message);
  });

  test('mappings are merged, lists replaced', async () => {
    const loaded = await project(text, undefined, 'debug');
    expect(loaded.build).toMatchObject({ profile: 'debug', flags: ['-DDEBUG'] });
    expect(loaded.domain).toMatchObject({ memory: 64 * MiB, vcpus: 2, on_crash: 'preserve' });
    expect(loaded.env).toEqual({ A: '1', B: '3' });
  });

  test('without one, the file as it is', async () => {
    expect((await project(text)).build.flags).toEqual(['-Wall']);
  });

  test("a build profile's name is a profile of its own", async () => {
    expect((await project(text, undefined, 'lto')).build.profile).toBe('lto');
  });

  test('an unknown one is refused, the known ones named', async () => {
    await expect(project(text, undefined, 'fast')).rejects.toThrow(
      'no profile "fast"; known: debug, small, release, lto',
    );
  });

  test('what they make together is checked, and found at the place that says it', async () => {
    expect(await problemsOf(text, undefined, 'small')).toEqual([
      'lwd.yaml:7:40 profiles.small.domain.maxmem: is less than memory (8M), must be that or more',
    ]);
  });
});

describe('files of the image', () => {
  test('a folder stands for all that is in it', async () => {
    const loaded = await project(`${smallest}files: [{source: data, target: /d}]\n`, {
      'main.c': '',
      'data/b': '',
      'data/sub/a': '',
    });
    expect(loaded.files.map((file) => file.target)).toEqual(['/d/b', '/d/sub/a']);
    expect(loaded.files[1]?.source).toBe(join(loaded.root, 'data/sub/a'));
  });

  test('of a port: a place in the cache, not yet there', async () => {
    const loaded = await project(`${smallest}files: [{source: "port:matrices/lund_a.rsa", target: /m.rsa}]\n`);
    expect(loaded.files).toEqual([
      {
        source: expect.stringMatching(/\/data\/[0-9a-f]{16}\/lund_a\.rsa$/),
        target: '/m.rsa',
        port: { name: 'matrices', file: 'lund_a.rsa' },
      },
    ]);
  });
});

describe('where lwd.yaml is', () => {
  test('found from a folder below', async () => {
    const root = folderWith({ 'lwd.yaml': smallest, 'main.c': '' });
    mkdirSync(join(root, 'a/b'), { recursive: true });
    expect((await loadProject({ directory: join(root, 'a/b') })).root).toBe(root);
  });

  test('nowhere: says what to do', async () => {
    const folder = folderWith({});
    await expect(loadProject({ directory: folder })).rejects.toMatchObject({
      message: expect.stringContaining(`there is no lwd.yaml in ${folder}`),
      next: [expect.stringContaining('lwd init')],
    });
  });
});
