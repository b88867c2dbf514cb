/** What the sysroot's headers declare, as clang reads them: which of the system's names are a program's to use. */
import { join } from 'node:path';
import { exec, orThrow } from '../sys/exec.js';
import { listTree, remove, writeAtomic } from '../sys/fs.js';
import { makeTemporaryDirectory } from '../sys/places.js';
import { cFlags, targetFlags } from './target.js';
import type { Tools } from './tools.js';

export interface Declared {
  /** Functions and variables of any public header. */
  all: Set<string>;
  /** Those of ISO C, which no program may have for itself. */
  iso: Set<string>;
}

const isoHeaders = ['assert', 'complex', 'ctype', 'errno', 'fenv', 'float', 'inttypes', 'iso646', 'limits', 'locale']
  .concat(['math', 'setjmp', 'signal', 'stdarg', 'stdbool', 'stddef', 'stdint', 'stdio', 'stdlib', 'string'])
  .concat(['tgmath', 'time', 'uchar', 'wchar', 'wctype'])
  .map((name) => `${name}.h`);

/** `include` is the folder of headers. Takes a second. */
export async function readDeclarations(include: string, tools: Tools): Promise<Declared> {
  // What POSIX adds to headers of ISO C, and what these declare whatever is asked for.
  const options = /^(?:clock_|timer_|nanosleep$|kill|pthread_|psig|sig(?!nal$)|str2sig$)/;
  const headers = (await listTree(include)).filter((file) => file.endsWith('.h') && !file.startsWith('machine/'));
  const all = await declaredBy(headers, ['-D_GNU_SOURCE'], include, tools);
  const present = isoHeaders.filter((name) => headers.includes(name));
  const iso = await declaredBy(present, ['-std=c11'], include, tools);
  return { all, iso: new Set([...iso].filter((name) => !options.test(name))) };
}

async function declaredBy(headers: readonly string[], flags: string[], include: string, tools: Tools) {
  const folder = await makeTemporaryDirectory('lwd-declarations');
  const file = join(folder, 'all.c');
  try {
    // A header that is not fit for this target ends the reading of all: it is left out, and the rest is read again.
    for (let left = [...headers]; ; ) {
      await writeAtomic(file, left.map((header) => `#include <${header}>\n`).join(''));
      const read = ['-fsyntax-only', '-w', '-ferror-limit=0', '-fno-color-diagnostics', '-Xclang', '-ast-dump'];
      const result = await exec(
        [tools.clang.path, ...targetFlags, ...cFlags, '-isystem', include, ...flags, ...read, file],
        { timeout: 60_000 },
      );
      const [before, fatal] = result.stderr.split('fatal error:', 2);
      const broken = [...(before ?? '').matchAll(/all\.c:(\d+):/g)].at(-1);
      if (fatal === undefined || broken === undefined) return namesOf(result.stdout);
      left = left.filter((_, index) => index + 1 !== Number(broken[1]));
      if (left.length === 0) orThrow(result, 'reading the headers');
    }
  } finally {
    await remove(folder);
  }
}

/** From clang's listing: declarations at file scope. What a header defines for each file by itself has no such name. */
export function namesOf(listing: string): Set<string> {
  const names = new Set<string>();
  for (const line of listing.split('\n')) {
    const name = /^[|`]-(?:FunctionDecl|VarDecl) .*? (\w+) '/.exec(line)?.[1];
    if (name !== undefined && !/' static\b/.test(line)) names.add(name);
  }
  return names;
}
