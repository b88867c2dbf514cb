/** lwd.yaml as text with positions: where each key and each value stands, and its plain value. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';

export interface Position {
  /** From 1. */
  line: number;
  column: number;
}

export interface YamlProblem extends Position {
  message: string;
}

/** More than any real file has; stop a few lines of aliases, or brackets, from filling memory and stack. */
const maxNodes = 20_000;
const maxDepth = 50;
/** One mistake in the syntax can make the parser stumble again and again. */
const maxSyntaxErrors = 5;

export class YamlFile {
  /** The whole as plain data. Mappings have no prototype, so every key is the file's own. */
  readonly value: unknown;
  /** What the YAML parser does not accept. If there is any, `value` is undefined. */
  readonly problems: readonly YamlProblem[];
  #counter = new LineCounter();
  #root: ParsedNode | null;
  #document: ReturnType<typeof parseDocument>;
  #nodes = 0;

  /** `isText` says where a number or a word such as `yes` means just what was written: an argument, say. */
  constructor(text: string, isText: (path: readonly PropertyKey[]) => boolean) {
    this.#document = parseDocument(text, {
      lineCounter: this.#counter,
      prettyErrors: false,
      version: '1.2',
    });
    this.#root = this.#document.contents as ParsedNode | null;
    const problems: YamlProblem[] = this.#document.errors.slice(0, maxSyntaxErrors).map((error) => ({
      ...this.#at(error.pos[0]),
      message: error.message,
    }));
    if (problems.length === 0) {
      this.value = this.#plain(this.#root, [], isText);
      if (this.#nodes > maxNodes) {
        problems.push({
          line: 1,
          column: 1,
          message: `more than ${maxNodes} values, or nested more than ${maxDepth} deep`,
        });
      }
    }
    this.problems = problems;
  }

  /** Where the value at `path` stands; where it is missing, the nearest thing around it. */
  position(path: readonly PropertyKey[]): Position {
    let node: Node | null | undefined = this.#root;
    for (const part of path) {
      const inner: Node | null | undefined = this.#child(node, part)?.value;
      if (inner === undefined || inner === null) break;
      node = inner;
    }
    return this.#at(node?.range?.[0] ?? 0);
  }

  /** Where the key at the end of `path` stands. */
  keyPosition(path: readonly PropertyKey[]): Position {
    let node: Node | null | undefined = this.#root;
    for (const part of path.slice(0, -1)) node = this.#child(node, part)?.value;
    const key = this.#child(node, path.at(-1) ?? '')?.key;
    return key?.range ? this.#at(key.range[0]) : this.position(path);
  }

  /** The plain value at `path`, undefined if there is none. */
  valueAt(path: readonly PropertyKey[]): unknown {
    let value = this.value;
    for (const part of path) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Record<PropertyKey, unknown>)[part];
    }
    return value;
  }

  #at(offset: number): Position {
    const { line, col } = this.#counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #resolve(node: Node | null | undefined): Node | null | undefined {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #child(outer: Node | null | undefined, part: PropertyKey): { key?: Node | null; value?: Node | null } | undefined {
    const node = this.#resolve(outer);
    if (isSeq(node)) return { value: node.items[Number(part)] as Node | null };
    if (!isMap(node)) return undefined;
    const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === part);
    return pair === undefined ? undefined : { key: pair.key as Node, value: pair.value as Node | null };
  }

  #plain(outer: Node | null, path: PropertyKey[], isText: (path: readonly PropertyKey[]) => boolean): unknown {
    this.#nodes += 1;
    if (path.length > maxDepth) this.#nodes = maxNodes + 1;
    if (this.#nodes > maxNodes) return undefined;
    const node = this.#resolve(outer);
    if (node === null) return null;
    if (isSeq(node)) return node.items.map((item, index) => this.#plain(item as Node, [...path, index], isText));
    if (isMap(node)) {
      const result: Record<string, unknown> = Object.create(null);
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        result[name] = this.#plain(value as Node | null, [...path, name], isText);
      }
      return result;
    }
    if (!isScalar(node)) return undefined;
    const written = typeof node.value === 'number' || typeof node.value === 'boolean';
    return written && node.source !== undefined && isText(path) ? node.source : node.value;
  }
}
