// Comments, messages and documents use plain technical English, and a word has one meaning across packages.
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documents, find, read, root } from './markdown.ts'
import { fragments, sourceFiles } from './sources.ts'

/** Wording that a reader stumbles over, and the plain form to use instead. */
const refused: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bwhoever\b/i, 'name the subject: the caller, the client, the module'],
  [/\bnobody\b/i, '"nothing", or "no provider", "no handler"'],
  [/\b(?<!there )is no (?!longer\b|more than\b|less than\b|different\b|worse\b)/i, '"is not a"'],
  [/\bso many\b/i, 'a number, or "too many"'],
  [/\bof (?:one's|its|their) own\b/i, '"custom", "separate", "your own"'],
  [/\bcannot be meant\b/i, '"invalid"'],
  [/\b(?:is|are|was|be|been) told\b/i, '"receives", "is notified", "reports"'],
  [/\bgood-?byes?\b/i, '"close frame", "connection: close"'],
  [/\b(?:goes|going|went|go) on\b/i, '"continues"'],
  [/\b(?:gives?|gave|given|giving) up\b/i, '"cancels", "stops trying"'],
  [/\bcolour/i, '"color"'],
  [/\bsurroundings\b/i, '"environment"'],
  [/\breigns?\b/i, '"running application"'],
  [/\bcrews?\b/i, '"worker pool", "workers"'],
  [/\brecruit/i, '"spawn"'],
  [/\bsuccessions?\b/i, '"takeover", "reuse", "hand-off"'],
  [/\baccidents?\b/i, '"process problem"'],
  [/\bsuspensions?\b/i, '"exclusive modules"'],
  [/\bledgers?\b/i, '"work tracker"'],
  [/\bpieces? of work\b/i, '"task", "request", "in-flight work"'],
  [/\bwhat becomes of\b/i, 'name the result'],
  [/\b(?:beside|besides) (?:itself|himself)\b/i, 'say it plainly'],
]

/** Names that were replaced. An identifier that contains one, as a word of its camel case, is refused. */
const formerWords = new Set(
  [
    ...['ledger', 'crew', 'reign', 'recruit', 'succession', 'surroundings', 'accident', 'accidents'],
    ...['suspension', 'colour', 'spoilt', 'needers', 'hows', 'goodbye', 'whoever', 'nobody'],
  ].map((word) => word.toLowerCase()),
)

/** Names that were replaced as a whole. */
const formerNames = new Set([
  ...['Boot', 'PhaseRunner', 'ModuleLife', 'giveUp', 'gaveUp', 'SocketExchange', 'loadSockets', 'goAway'],
  ...['GOODBYE', 'longestPause', 'idleGrace', 'sameAs', 'takeBack', 'handover', 'runHere', 'standsFor'],
  ...['ModuleLedger', 'CommandLine', 'doubtful', 'tame'],
])

/** Doc comments begin with their subject. */
const opening = /^(?:What|Who|Whose|Whom|Whether|Where|How|When|Why)\b/

const packages = readdirSync(join(root, 'packages'))

describe('the source of', () => {
  describe.each([...packages, 'starter'])('%s', (folder) => {
    test('is written plainly', () => {
      const found = sourceFiles(folder).flatMap((file) => [
        ...fragments(file).flatMap(({ kind, text, place }) => {
          if (kind === 'identifier') {
            const old = formerNames.has(text) ? text : wordsOf(text).find((word) => formerWords.has(word))
            return old ? [`${place}: the name ${text} uses the replaced word "${old}"`] : []
          }
          const first = kind === 'doc comment' && opening.exec(text)
          return [
            ...complaints(text, () => place),
            ...(first ? [`${place}: a doc comment begins with its subject, not "${first[0]}"`] : []),
          ]
        }),
        ...wordsOf(basename(file, '.ts'))
          .filter((word) => formerWords.has(word))
          .map((word) => `${file}: the file name uses the replaced word "${word}"`),
      ])
      report(found)
    })
  })
})

describe('the document', () => {
  const written = [...documents, ...find('.changeset/*.md', 'bench/*.md')].filter(
    (file) => !file.endsWith('CHANGELOG.md') && !file.includes('/etc/'),
  )

  test.each([...new Set(written)])('%s is written plainly', (file) => {
    const text = read(file)
    const line = (index: number) => text.slice(0, index).split('\n').length
    report(complaints(text.replaceAll('\n', ' '), (index) => `${file}:${line(index)}`))
  })
})

function complaints(text: string, place: (index: number) => string): string[] {
  return refused.flatMap(([pattern, instead]) => {
    const all = [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))]
    return all.map((match) => `${place(match.index)}: "${match[0].trim()}" → ${instead}`)
  })
}

function report(found: readonly string[]): void {
  if (found.length > 0) expect.fail(`${found.length} places:\n${found.join('\n')}`)
}

/** `closeIdleLedger`, `close-idle-ledger` → `close`, `idle`, `ledger`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .map((word) => word.toLowerCase())
}
