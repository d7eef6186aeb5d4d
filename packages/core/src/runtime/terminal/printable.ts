// Text from outside, so that it cannot act on a terminal or look like another line.

/**
 * Control characters but the line feed and the tab, and the characters that change the direction of text. A terminal
 * obeys the former; with both, text that a client has sent could hide or imitate lines of a log.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Returns a text whose control characters are written as escapes: `\x1b`, `\u202e`. Line feeds and tabs are kept. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(CONTROLS, escapeOf)
}

/** Returns a text in one line: as `printable`, with line feeds as `\n`. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n')
}

function escapeOf(character: string): string {
  if (character === '\r') return '\\r'
  const code = character.charCodeAt(0)
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}
