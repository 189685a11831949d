/** The shape of a catalogue row. */
export interface Message {
  severity?: 'error' | 'warning';
  /** what is wrong, with `{}` for each value */
  text: string;
  /** what mends it; its `{}` gaps continue after the text's; null where the text says it all */
  hint: string | null;
  /** smallest input that shows it, for the documentation page */
  example: string;
}

/** Keeps the keys of a table as a literal type while its rows are checked. */
export function messages<K extends string>(rows: Record<K, Message>): Record<K, Message> {
  return rows;
}
