/**
 * SQLite: a workload in memory, on a volume and on a disk. What it prints has to be what it prints on Linux, and so has the
 * database: the same bytes, and the same content for SQLite's own shell on this machine.
 */
import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const options = '-w -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_THREADSAFE=0 -DSQLITE_DQS=0';
const builds = [
  `clang-19 -O1 ${options} -DSQLITE_OMIT_WAL -DSQLITE_TEMP_STORE=3 -DSQLITE_STMTJRNL_SPILL=-1 -c source/sqlite3.c -o work/sqlite3.o`,
  `clang-19 -O1 ${options} -Isource src/*.c work/sqlite3.o -lm -o work/workload`,
  `clang-19 -O1 ${options} -Isource source/shell.c work/sqlite3.o -lm -o work/shell`,
];
const mebibyte = 1 << 20;

/** The database in a disk of disk_vfs.c's kind. */
function databaseOf(disk) {
  const image = readFileSync(disk);
  return image.subarray(mebibyte, mebibyte + Number(image.readBigInt64LE(8)));
}

export default async function check(sqlite) {
  const data = sqlite.empty('data');
  await sqlite.linux('sh', ['-c', builds.join(' && ')]);
  const expected = (await sqlite.linux('work/workload', ['work/linux.db'])).stdout.toString();
  const wanted = readFileSync(join(sqlite.folder, 'work/linux.db'));
  const content = async (file) => {
    const dump = await sqlite.linux('work/shell', ['-readonly', file, '.dump', 'PRAGMA integrity_check']);
    return createHash('sha256').update(dump.stdout).digest('hex');
  };
  const compare = async (where, printed, file) => {
    sqlite.same(`${where}: the workload prints what it prints on Linux`, printed.toString(), expected);
    const isSame = readFileSync(file).equals(wanted);
    sqlite.note(`${where}: the database has the bytes that it has on Linux`, isSame ? undefined : 'it has others');
    sqlite.same(
      `${where}: its content, for SQLite's shell on this machine`,
      await content(file),
      await content('work/linux.db'),
    );
  };

  const disk = join(data, 'disk.img');
  const found = join(data, 'found.db');
  writeFileSync(disk, '');
  truncateSync(disk, 16 * mebibyte);
  const onDisk = await sqlite.up(['disk:/dev/xvda'], { flags: ['--disk', `${disk}:xvda`] });
  writeFileSync(found, databaseOf(disk));
  await compare('on a disk, by a file system of its own', onDisk.stdout, found);

  const volume = join(data, 'volume');
  await sqlite.linux('mkdir', [volume]);
  const onVolume = await sqlite.up(['/data/test.db'], { flags: ['--volume', `${volume}:/data`] });
  await compare('on a volume', onVolume.stdout, join(volume, 'test.db'));
  sqlite.impossible('journal_mode=WAL', 'it needs memory shared through a writable mapping of a file');
}
