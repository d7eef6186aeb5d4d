// Text in the width of a terminal, which itself breaks a line within a word.

import { stripVTControlCharacters } from 'node:util'

/** A stream that may be a terminal. */
export interface WidthSource {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** A line of a code frame: its mark, the number of a line or none, and the code. */
const FRAME_LINE = /^[> ] +\d* *\| /

const ESCAPE = '\u001b'

/** A character, or a sequence that sets a color. */
const CHARACTER = new RegExp(`${ESCAPE}\\[[\\d;]*m|.`, 'gu')

/** A terminal that is narrower breaks lines itself. */
const MIN_COLUMNS = 20

/** Returns the width of a stream; Infinity where a program or a file reads it, or the terminal does not know its own. */
export function columnsOf(stream: WidthSource): number {
  return stream.isTTY === true && stream.columns ? stream.columns : Number.POSITIVE_INFINITY
}

/** Returns a line of the result of a command in the width of standard output, if that is a terminal; see {@link fitText}. */
export function fitLine(line: string, indent = 0): string {
  return fitText(line, columnsOf(process.stdout), indent)
}

/**
 * Breaks lines between words where they are wider than `columns`, and cuts the lines of code frames, around the caret. A
 * word that is wider alone, such as a URL, is kept whole. Further lines are indented as the first one and by `indent`.
 */
export function fitText(text: string, columns: number, indent = 0): string {
  if (columns < MIN_COLUMNS || !Number.isFinite(columns)) return text
  const lines = text.split('\n')
  if (lines.every((line) => widthOf(line) <= columns)) return text
  const cut = caretOffset(lines, columns)
  return lines
    .map((line) => {
      if (FRAME_LINE.test(stripVTControlCharacters(line))) return cutLine(line, columns, cut)
      return widthOf(line) <= columns ? line : breakLine(line, columns, indent)
    })
    .join('\n')
}

function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length
}

function breakLine(line: string, columns: number, indent: number): string {
  const own = /^ */.exec(line)![0].length
  const margin = ' '.repeat(own + indent < columns / 2 ? own + indent : 0)
  const lines: string[] = []
  let current = ''
  let width = 0
  // Spaces belong to the word before them, so that columns within a line stay where they are.
  for (const word of line.match(/^ *\S* *|\S+ */g) ?? []) {
    const needed = widthOf(word.trimEnd())
    if (width > margin.length && width + needed > columns) {
      lines.push(current.trimEnd())
      current = margin
      width = margin.length
    }
    current += word
    width += widthOf(word)
  }
  return [...lines, current.trimEnd()].join('\n')
}

/** Returns how many characters of code to leave out at the left, so that the caret is shown. */
function caretOffset(lines: readonly string[], columns: number): number {
  const carets = lines.map(stripVTControlCharacters).filter((line) => /^ +\| +\^/.test(line))
  const at = Math.max(0, ...carets.map((line) => line.indexOf('^')))
  return at < columns - 1 ? 0 : at - Math.floor(columns / 2)
}

/** Cuts a line of a code frame to the width, `skipped` characters of its code included. */
function cutLine(line: string, columns: number, skipped: number): string {
  const head = FRAME_LINE.exec(stripVTControlCharacters(line))![0].length
  const total = widthOf(line)
  const last = Math.min(total, columns + skipped)
  let position = 0
  // Sequences of colors have no width, and are kept also where the text around them is cut.
  return line.replace(CHARACTER, (part) => {
    if (part.startsWith(ESCAPE)) return part
    const at = position++
    if (at < head) return part
    if (skipped > 0 && at === head + skipped) return part === ' ' || part === '^' ? part : '…'
    if (at < head + skipped || at >= last) return ''
    return at === last - 1 && last < total ? '…' : part
  })
}
