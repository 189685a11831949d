/**
 * The texts of a build and positions in them.
 *
 * A position anywhere in any text is one integer, a `Loc`: the text's base plus the offset in UTF-16 units. So every
 * token, FIR instruction and machine instruction carries its place in the Markdown in 32 bits. `0` means "nowhere".
 */
export type Loc = number;
export const NOWHERE: Loc = 0;

/** A half-open range of one text. */
export interface Span {
  start: Loc;
  end: Loc;
}

export interface Place {
  /** path as the host named it, with forward slashes */
  path: string;
  /** 1-based */
  line: number;
  /** 1-based, in UTF-16 units */
  column: number;
}

export class Source {
  private lineStarts: Int32Array | null = null;

  constructor(
    readonly path: string,
    readonly text: string,
    /** the `Loc` of the text's first character */
    readonly base: Loc,
  ) {}

  /** offsets at which lines start; a line ends at `\n`, `\r\n` or `\r` */
  lines(): Int32Array {
    if (this.lineStarts) return this.lineStarts;
    const starts = [0];
    for (let i = 0; i < this.text.length; i++) {
      const code = this.text.charCodeAt(i);
      if (code === 10 || (code === 13 && this.text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
    }
    return (this.lineStarts = Int32Array.from(starts));
  }

  /** 0-based index of the line that holds `offset` */
  lineIndex(offset: number): number {
    const starts = this.lines();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** the text of a 0-based line, without its end */
  lineText(index: number): string {
    const starts = this.lines();
    const end = index + 1 < starts.length ? starts[index + 1]! : this.text.length;
    return this.text.slice(starts[index], end).replace(/[\r\n]+$/, '');
  }
}

/**
 * Every text of a build, in the order they were added: that order fixes the `Loc`s of all texts but the shared ones, which
 * have theirs already.
 */
export class Sources {
  readonly list: Source[] = [];
  /** the texts added here, in ascending order of their bases */
  private readonly own: Source[] = [];
  private readonly firstOwn: Loc;
  private next: Loc;

  /** `shared`: texts with places from 1 on, in ascending order, that a build may adopt */
  constructor(private readonly shared: readonly Source[] = []) {
    const last = shared[shared.length - 1];
    this.firstOwn = this.next = last ? last.base + last.text.length + 1 : 1;
  }

  add(path: string, text: string): Source {
    const source = new Source(path, text, this.next);
    this.next += text.length + 1;
    this.own.push(source);
    this.list.push(source);
    return source;
  }

  /** the first place behind all texts */
  get end(): Loc {
    return this.next;
  }

  /** Makes one of the shared texts a text of this build. */
  adopt(source: Source): void {
    this.list.push(source);
  }

  find(loc: Loc): Source | null {
    if (loc <= 0 || loc >= this.next) return null;
    const texts = loc < this.firstOwn ? this.shared : this.own;
    let low = 0;
    let high = texts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (texts[middle]!.base <= loc) low = middle;
      else high = middle - 1;
    }
    return texts[low]!;
  }

  place(loc: Loc): Place | null {
    const source = this.find(loc);
    if (!source) return null;
    const offset = loc - source.base;
    const index = source.lineIndex(offset);
    return { path: source.path, line: index + 1, column: offset - source.lines()[index]! + 1 };
  }
}
