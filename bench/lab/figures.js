/**
 * Figures of several sides as people and programs read them: a table that says which aims are met, and a file in
 * bench/results/.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linuxLine, sides } from './contest.js';
import { root, table } from './host.js';

export const virtualTime =
  'virtual time (embedded-icount: an instruction of guest, Xen or dom0 is 2 ns; no caches, no TLB; CPU without ERMS and FSRM)';

/**
 * An aim: { most } or { least }, a number; { best: 'less' | 'more' } than every Linux; { times } or { share }: at least, or
 * at most, so many times the figure of Linux of the same type. Gives its words, and whether the figures meet it.
 */
export function judge(aim, found) {
  const lwd = found.lwd.median;
  const rivals = Object.keys(found)
    .filter((side) => side !== 'lwd')
    .map((side) => found[side].median);
  if (aim === undefined) return { text: '', met: undefined };
  if (aim.most !== undefined) return { text: `≤ ${aim.most}`, met: lwd <= aim.most };
  if (aim.least !== undefined) return { text: `≥ ${aim.least}`, met: lwd >= aim.least };
  const same = found.linuxPv?.median;
  if (aim.times !== undefined) return { text: `≥ ${aim.times} × Linux PV`, met: lwd >= aim.times * same };
  if (aim.share !== undefined) return { text: `≤ ${aim.share} × Linux PV`, met: lwd <= aim.share * same };
  const better = aim.best === 'less' ? (rival) => lwd < rival : (rival) => lwd > rival;
  return { text: 'better than Linux PV', met: rivals.length > 0 && better(same) };
}

/** Three digits that count, the spread where it is more than 1 %. */
export function figureText({ median, least, most }) {
  const short = (value) => Number(value.toPrecision(3)).toString();
  return most - least > 0.01 * median ? `${short(median)} (${short(least)}–${short(most)})` : short(median);
}

/** { side: { figure: spread } } → { figure: { unit, aim, met, side: spread … } }, in the order of lwd's figures. */
export function rowsOf(found, aims) {
  const rows = {};
  for (const figure of Object.keys(found.lwd)) {
    const bySide = {};
    for (const side of Object.keys(found)) if (found[side][figure] !== undefined) bySide[side] = found[side][figure];
    const { text, met } = judge(aims[figure], bySide);
    rows[figure] = { unit: found.lwd[figure].unit, ...(text === '' ? {} : { aim: text, met }), ...bySide };
  }
  return rows;
}

function rowsTable(rows) {
  const shown = Object.keys(sides).filter((side) => Object.values(rows).some((row) => row[side] !== undefined));
  const verdict = ({ aim, met }) => (aim === undefined ? '' : `${aim} ${met ? '✓' : '✗'}`);
  return table([
    ['what', 'unit', ...shown.map((side) => sides[side].title), 'aim'],
    ...Object.entries(rows).map(([figure, row]) => [
      figure,
      row.unit,
      ...shown.map((side) => (row[side] === undefined ? '-' : figureText(row[side]))),
      verdict(row),
    ]),
  ]);
}

/** Prints the table and writes bench/results/NAME.json. */
export function publish(name, { status, runs, mode = virtualTime, found, aims = {}, more = {} }) {
  const rows = rowsOf(found, aims);
  console.log(`\n${name}, in ${mode}; median (least–most) of ${runs} runs; Linux: ${linuxLine}\n`);
  console.log(rowsTable(rows));
  const result = {
    benchmark: name,
    runs,
    mode,
    linux: linuxLine,
    host: { ...status.capabilities, packages: status.embedded.packages },
    figures: rows,
    ...more,
  };
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  writeFileSync(join(root, `bench/results/${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`\nas JSON: bench/results/${name}.json`);
}
