/**
 * Archives that Linux unpacks as its first file tree (cpio, newc).
 */

function entry(name, mode, content = Buffer.alloc(0), device = [0, 0]) {
  const fields = [1, mode, 0, 0, 1, 0, content.length, 0, 0, ...device, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [Buffer.from(header), content].map((part) => Buffer.concat([part, Buffer.alloc(-part.length & 3)]));
}

/** One with /init, a console for it, and what else is given: path without the first slash → content. */
export function initArchive(program, files = {}) {
  const folders = new Set();
  for (const path of Object.keys(files))
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  return Buffer.concat([
    ...entry('dev', 0o40755),
    ...entry('dev/console', 0o20600, Buffer.alloc(0), [5, 1]),
    ...[...folders].flatMap((path) => entry(path, 0o40755)),
    ...Object.entries(files).flatMap(([path, content]) => entry(path, 0o100644, content)),
    ...entry('init', 0o100755, program),
    ...entry('TRAILER!!!', 0),
  ]);
}
