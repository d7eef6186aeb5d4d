// The text of statements without the values that are written in them.

/** The parts of a statement that are no words: a comment, a string of one of three kinds, a quoted name, a number. */
const LITERAL = new RegExp(
  [
    String.raw`--[^\n]*|/\*[\s\S]*?(?:\*/|$)`,
    String.raw`(?<![\w$])\$(?<tag>(?:[a-z_]\w*)?)\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    String.raw`\be'(?:[^'\\]|''|\\[\s\S])*(?:'|$)`,
    "'(?:[^']|'')*(?:'|$)",
    '"(?:[^"]|"")*(?:"|$)',
    String.raw`(?<![\w$.])\d+(?:\.\d+)?\b`,
  ].join('|'),
  'gi',
)

/** Returns a statement with `?` for the values that are written in it. */
export function withoutLiterals(text: string): string {
  return text
    .replace(LITERAL, (found) => (found.startsWith('"') ? found : /^(?:--|\/\*)/.test(found) ? ' ' : '?'))
    .replace(/\s+/g, ' ')
    .trim()
}
