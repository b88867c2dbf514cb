/** Results that are rows, from one host or from several: who each row is from, and which hosts gave none. */
import type { Everywhere, HostFailure, Named } from '../host/several.js';
import { describeFailure } from './failure.js';
import type { Report } from './output.js';
import { tableText } from './text.js';

export interface Placed {
  host: string;
}

export interface Rows<Row extends object> {
  /** All that were asked. */
  hosts: readonly string[];
  rows: readonly (Row & Placed)[];
  failed: readonly HostFailure[];
}

export function rowsOf<Row extends object>(
  hosts: readonly Named[],
  { done, failed }: Everywhere<Named, readonly Row[]>,
): Rows<Row> {
  const rows = done.flatMap(({ host, value }) => value.map((row) => ({ ...row, host: host.name })));
  return { hosts: hosts.map(({ name }) => name), rows, failed };
}

export interface RowShape<Row extends object> {
  /** The rows' name in JSON. */
  key: string;
  json(row: Row): Record<string, unknown>;
  /** None: only rows. */
  heading?: readonly string[];
  /** Lines of the table: one or more for a row, none for one that is not shown. */
  lines(row: Row): readonly (readonly string[])[];
}

/** With several hosts a row begins with its host's name. No rows: no text. */
export function rowsReport<Row extends object>({ hosts, rows, failed }: Rows<Row>, shape: RowShape<Row>): Report {
  const several = hosts.length > 1;
  return {
    toJson: () => ({
      ...hostsJson({ hosts, failed }),
      [shape.key]: rows.map((row) => ({ ...shape.json(row), host: row.host })),
    }),
    toText: () => {
      const lines = rows.flatMap((row) => shape.lines(row).map((line) => (several ? [row.host, ...line] : line)));
      if (lines.length === 0) return '';
      const { heading } = shape;
      return tableText([...(heading === undefined ? [] : [several ? ['HOST', ...heading] : heading]), ...lines]);
    },
  };
}

/** Whom a result is from: `host` if there is one only, else `hosts`, and those of them that failed. */
export function hostsJson({ hosts, failed }: Pick<Rows<object>, 'hosts' | 'failed'>): Record<string, unknown> {
  if (hosts.length === 1) return { host: hosts[0] };
  return { hosts, failed: failed.map(({ host, error }) => ({ host, ...describeFailure(error) })) };
}
