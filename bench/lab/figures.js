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
 * An aim: { most } or { least }, a number; { best: 'less' | 'more' } than Linux of the same type; { times } or { share }: at
 * least, or at most, so many times the figure of that Linux. `only`: the side that it is for, if it is not for all of lwd's.
 */
function words(aim) {
  if (aim.most !== undefined) return `≤ ${aim.most}`;
  if (aim.least !== undefined) return `≥ ${aim.least}`;
  if (aim.times !== undefined) return `≥ ${aim.times} × Linux`;
  if (aim.share !== undefined) return `≤ ${aim.share} × Linux`;
  return 'better than Linux';
}

/** Does a figure meet it? `rival` is that of Linux of the same type, undefined if that did not run. */
function meets(aim, figure, rival) {
  if (aim.most !== undefined) return figure <= aim.most;
  if (aim.least !== undefined) return figure >= aim.least;
  if (rival === undefined) return undefined;
  if (aim.times !== undefined) return figure >= aim.times * rival;
  if (aim.share !== undefined) return figure <= aim.share * rival;
  return aim.best === 'less' ? figure < rival : figure > rival;
}

/** The aim's words, and which of lwd's sides meet it: { text, met: { side: boolean } }. */
export function judge(aim, found) {
  const met = {};
  if (aim === undefined) return { text: '', met };
  for (const side of Object.keys(found)) {
    const { isLinux, rival } = sides[side];
    if (isLinux || (aim.only !== undefined && aim.only !== side)) continue;
    met[side] = meets(aim, found[side].median, found[rival]?.median);
  }
  return { text: `${words(aim)}${aim.only === undefined ? '' : `, ${sides[aim.only].title}`}`, met };
}

/** Three digits that count, the spread where it is more than 1 %. */
export function figureText({ median, least, most }) {
  const short = (value) => Number(value.toPrecision(3)).toString();
  return most - least > 0.01 * median ? `${short(median)} (${short(least)}–${short(most)})` : short(median);
}

/** { side: { figure: spread } } → { figure: { unit, aim, met, side: spread … } }, in the order of the first side's figures. */
export function rowsOf(found, aims) {
  const rows = {};
  const [first] = Object.values(found);
  for (const figure of Object.keys(first)) {
    const bySide = {};
    for (const side of Object.keys(found)) if (found[side][figure] !== undefined) bySide[side] = found[side][figure];
    const { text, met } = judge(aims[figure], bySide);
    rows[figure] = { unit: first[figure].unit, ...(text === '' ? {} : { aim: text, met }), ...bySide };
  }
  return rows;
}

function rowsTable(rows) {
  const shown = Object.keys(sides).filter((side) => Object.values(rows).some((row) => row[side] !== undefined));
  const marks = (met) => Object.values(met).map((each) => (each === undefined ? '?' : each ? '✓' : '✗'));
  const verdict = ({ aim, met }) => (aim === undefined ? '' : [aim, ...marks(met)].join(' '));
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
