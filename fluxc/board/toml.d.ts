/** The parser alone: the package's main module would pull in its stream reader, which needs Node. */
declare module '@iarna/toml/parse-string.js' {
  export default function parse(text: string): Record<string, unknown>;
}
