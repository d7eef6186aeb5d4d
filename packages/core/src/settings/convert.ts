// Conversion: turns the text of a variable into what the schema expects, if that is beyond doubt. Everything else is
// left to the schema, which then reports it.

import type { Shape } from './shape/shape.ts'

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
  ['yes', true],
  ['no', false],
  ['on', true],
  ['off', false],
])

/** Returns the value that a text stands for. */
export function convert(text: string, expected: Shape): unknown {
  const { literals, scalars } = expected
  if (literals.has(text)) return text
  for (const literal of literals) if (String(literal) === text.trim()) return literal
  const json = expected.keys || expected.values || expected.items || expected.tuple ? parsed(text) : undefined
  if (json) return json.value
  const isText = scalars.has('text')
  const converted = toScalar(text.trim(), expected)
  if (converted !== undefined) return converted
  if (isText || !(expected.items || expected.tuple)) return text
  return toList(text, expected)
}

/** Converts a text to a number, a boolean or null. Where the schema accepts text as well, only the usual spelling is. */
function toScalar(text: string, { scalars }: Shape): unknown {
  const isText = scalars.has('text')
  const number = text === '' ? Number.NaN : Number(text)
  if (scalars.has('bigint') && /^-?\d+$/.test(text)) return BigInt(text)
  if (scalars.has('number') && Number.isFinite(number) && (!isText || String(number) === text)) return number
  if (scalars.has('boolean') && (!isText || text === 'true' || text === 'false'))
    return WORDS.get(text.toLowerCase())
  if (scalars.has('null') && !isText && text.toLowerCase() === 'null') return null
  return undefined
}

/** Splits a text at commas. A comma at the end adds no element. */
function toList(text: string, { items, tuple }: Shape): readonly unknown[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.at(-1) === '') parts.pop()
  return parts.map((part, i) => {
    const expected = tuple ? tuple[i] : items
    return expected ? convert(part, expected) : part
  })
}

/** Returns the value of a JSON object or array. `[::1]:8080` is neither. */
function parsed(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
