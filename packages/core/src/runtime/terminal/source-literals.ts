// The source code in code frames: of it, only literals can be secret.

/** The character that begins a color. */
const ESCAPE = '\u001b'

/** A line of a code frame, up to its code. */
const SOURCE_LINE = new RegExp(String.raw`^(?:${ESCAPE}\[\d+m)*[> ](?:${ESCAPE}\[\d+m)* *\d+ \| `, 'm')

/** Reports whether a text has a code frame. */
export const hasSource = (text: string): boolean => SOURCE_LINE.test(text)

/** Replaces a pattern in a text with code frames. Of source code only literals are secret: an expression has no value. */
export function replaceLiterals(text: string, pattern: RegExp, replacement: string): string {
  return text.replace(pattern, (match: string, ...groups: unknown[]) => {
    const offset = groups.find((group) => typeof group === 'number')!
    const before = replacement.startsWith('$1') ? String(groups[0]) : ''
    const head = text.slice(text.lastIndexOf('\n', offset) + 1, offset) + before
    if (isExpression(head, match.slice(before.length))) return match
    return replacement.replace(/\$(\d)/g, (_, index: string) => String(groups[Number(index) - 1] ?? ''))
  })
}

/** Reports whether the value that follows `head` in a line is an expression of source code. */
function isExpression(head: string, value: string): boolean {
  const gutter = SOURCE_LINE.exec(head)?.[0]
  if (gutter === undefined) return false
  const code = head.slice(gutter.length)
  // An interpolation is an expression also inside of a template.
  if (/^(?:`[^`$]{0,20})?\$\{/.test(value)) return true
  return !/(?:^|[^:])\/\/|^\s*(?:\/?\*|#)/.test(code) && !isInString(code) && !/^[\d'"`/]/.test(value)
}

function isInString(code: string): boolean {
  return code.replace(/\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`/g, '').search(/["'`]/) >= 0
}
