// The summary of a statement without its values, for names of spans and attributes.

import { withoutLiterals } from './literals.ts'

/** The number of characters that the conventions allow for a summary. */
const MAX_SUMMARY = 255
/** The number of characters of a statement that are recorded. */
const MAX_TEXT = 4_000

const NAME = String.raw`(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?`
/** An operation with its table, or the tables that a query reads. `for update` and `do update set` are neither. */
const PART = new RegExp(
  [
    String.raw`\b(?<operation>insert|merge)\s+into\s+(?<into>${NAME})`,
    String.raw`\b(?<delete>delete)\s+from\s+(?:only\s+)?(?<deleted>${NAME})`,
    String.raw`(?<!\b(?:for|do)\s+(?:no\s+key\s+)?)\b(?<update>update)\s+(?:only\s+)?(?<updated>${NAME})`,
    String.raw`\b(?<select>select)\b`,
    String.raw`(?<!\bdistinct\s+)\b(?:from|join)\s+(?:only\s+|lateral\s+)?(?<read>${NAME}(?:\s*,\s*${NAME}){0,8})(?![\w\x22]|\s*\()`,
  ].join('|'),
  'gi',
)

/** Returns the operations of a statement, each with its tables: `INSERT shipping_details SELECT orders`. */
export function summarize(text: string): string {
  const parts: string[] = []
  const operate = (operation: string, table?: string) => {
    parts.push(operation.toUpperCase())
    if (table) read(table)
  }
  const read = (table: string) => void parts.push(table.replaceAll('"', ''))
  for (const { groups = {} } of recordedText(text).matchAll(PART)) {
    if (groups.operation) operate(groups.operation, groups.into)
    else if (groups.delete) operate(groups.delete, groups.deleted)
    else if (groups.update) operate(groups.update, groups.updated)
    else if (groups.select) operate(groups.select)
    else for (const table of groups.read!.split(',')) read(table.trim())
  }
  const first = () => (/\w+/.exec(text)?.[0] ?? 'statement').toUpperCase()
  return (parts.join(' ') || first()).slice(0, MAX_SUMMARY)
}

/** Returns the text of a statement with `?` for the values that are written in it: they may be secrets. */
export const recordedText = (text: string): string => withoutLiterals(text.slice(0, MAX_TEXT))
