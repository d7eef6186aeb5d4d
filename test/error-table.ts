// The table of all error codes: the situation from docs/errors.md, the remedies from the sources.
import type { Construction } from './error-constructions.ts'
import { read } from './markdown.ts'

/** The remedies of one code that the table lists. */
const MAX_REMEDIES = 3

/** Returns the content of docs/error-codes.md. */
export function errorTable(constructions: readonly Construction[]): string {
  const situations = documentedSituations()
  const remedies = remediesByCode(constructions)
  const codes = [...new Set([...remedies.keys(), ...situations.keys()])].sort()
  return `# All error codes

Every code with its situation and its remedy, as the sources state them. The message of an error names the place, and
chooses between the remedies. [Error codes](errors.md) lists the classes by package.

| code | situation | remedy |
| --- | --- | --- |
${codes.map((code) => `| \`${code}\` | ${situations.get(code) ?? ''} | ${cell(remedies.get(code))} |`).join('\n')}
`
}

/** Returns the codes whose situation docs/errors.md does not state. */
export function undocumentedCodes(constructions: readonly Construction[]): string[] {
  const situations = documentedSituations()
  return [...remediesByCode(constructions).keys()].filter((code) => !situations.get(code))
}

function documentedSituations(): Map<string, string> {
  const rows = read('docs/errors.md').matchAll(/^\| `(MYFY_\w+)` \|(?:.*\|)? (.+) \|$/gm)
  return new Map([...rows].map(([, code, situation]) => [code!, situation!.trim()]))
}

function remediesByCode(constructions: readonly Construction[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { codes, messages } of constructions) {
    const remedies = [...new Set(messages.map(remedyOf))]
    // A helper that constructs the errors of several codes has a remedy for each, in their order.
    const isTable = codes.length > 1 && remedies.length === codes.length
    for (const [index, code] of codes.entries()) {
      const known = found.get(code) ?? new Set()
      for (const remedy of isTable ? [remedies[index]!] : remedies) known.add(remedy)
      found.set(code, known)
    }
  }
  return found
}

/** The last sentence of a message. What depends on the program is left out. */
function remedyOf(message: string): string {
  const sentences = message.split(/(?<=[.›)])\s+(?=[A-Z`'‹-])/)
  // A sentence that ends with the text of another error states a cause.
  const last =
    sentences
      .filter((sentence) => !/: (?:‹[^›]*›|a value that cannot be inspected)\.?$/.test(sentence))
      .at(-1) ?? message
  return last
    .replace(/:\n[\s\S]*$/, '.')
    .replace(/‹[^›]*›/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
}

function cell(remedies: ReadonlySet<string> = new Set()): string {
  const complete = [...remedies].filter((remedy) => /[a-z]{2}/i.test(remedy))
  if (complete.length === 0) return 'the message states it'
  // Remedies without a gap come first: they are the same in every program.
  const ordered = complete.sort(
    (a, b) => Number(a.includes('…')) - Number(b.includes('…')) || (a < b ? -1 : 1),
  )
  const more = ordered.length > MAX_REMEDIES ? ` And ${ordered.length - MAX_REMEDIES} more.` : ''
  return `${ordered.slice(0, MAX_REMEDIES).map(escaped).join(' · ')}${more}`
}

/** Text in a cell of a table, in which angle brackets begin no tag. */
function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replaceAll('{{', '{ {')))
    .join('')
    .replaceAll('|', '\\|')
}
