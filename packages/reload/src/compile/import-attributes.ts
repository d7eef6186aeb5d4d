// The attributes of static imports, `with { type: 'json' }`, which the module runner transform leaves out.

import { COMMENTS } from './complete-statements.ts'

/** The attributes of an import. */
export type ImportAttributes = Readonly<Record<string, string>>

/** A statement in the output of a printer, which begins it on a new line. A name can be a string. */
const STATEMENT = new RegExp(
  String.raw`^${COMMENTS}(?:import|export) (?:[^;\`"']*?(?:"[^"]*"[^;\`"']*?)*?from )?(["'])((?:(?!\1).)*)\1 with \{([^}]*)\}`,
  'gm',
)

const ATTRIBUTE = /(?:([\w$]+)|(["'])((?:(?!\2).)*)\2): *(["'])((?:(?!\4).)*)\4/g

const NONE: ReadonlyMap<string, ImportAttributes> = new Map()

/**
 * Returns the attributes of the specifiers that have some.
 *
 * @param code - the module before the transform
 * @param output - the module after it, in which only text in a string is left
 */
export function importAttributes(code: string, output: string): ReadonlyMap<string, ImportAttributes> {
  if (!code.includes(' with {')) return NONE
  const found = new Map<string, ImportAttributes>()
  for (const [statement, , specifier, list] of code.matchAll(STATEMENT)) {
    if (output.includes(statement)) continue
    const attributes = [...list!.matchAll(ATTRIBUTE)].map((match) => [match[1] ?? match[3], match[5]])
    found.set(specifier!, Object.fromEntries(attributes))
  }
  return found
}
