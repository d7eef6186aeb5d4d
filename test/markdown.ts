// The code in documents: READMEs, docs/, and the examples of TSDoc.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

export interface Block {
  /** `packages/core/README.md:12` */
  readonly where: string
  /** A path next to the document that no file has. Imports resolve from there as in a project of a reader. */
  readonly file: string
  readonly code: string
  /** The lines of the `text output` block that follows. */
  readonly output: readonly string[] | undefined
  /** The word after `ts` at the start of the block: a name, or a server that the example requires. */
  readonly label: string | undefined
}

export function blocks(document: string): Block[] {
  const source = read(document)
  // Lines of TSDoc begin with an asterisk.
  const text = document.endsWith('.ts') ? source.replace(/^ *\* ?/gm, '') : source
  const pattern = /^```ts(?: (.*))?\n([\s\S]*?)^```\n(?:\n*```text output\n([\s\S]*?)^```)?/gm
  // A block whose label is a path is a file of a project with several files: getting-started.test.ts runs those.
  const matches = [...text.matchAll(pattern)].filter(([, label]) => !label?.includes('/'))
  return matches.map((match, i) => {
    const line = text.slice(0, match.index).split('\n').length
    const directory =
      document.startsWith('docs/') || !document.includes('/') ? 'apps/starter' : dirname(document)
    return {
      where: `${document}:${line}`,
      file: join(root, directory, `__example_${document.replace(/\W/g, '_')}_${i}.ts`),
      code: `${match[2]}\nexport {}\n`,
      output: match[3]?.trimEnd().split('\n'),
      label: match[1],
    }
  })
}

export const read = (document: string): string => readFileSync(join(root, document), 'utf8')

/** Returns the files of the repository that match, relative to its root. */
export function find(...patterns: string[]): string[] {
  return ts.sys
    .readDirectory(root, ['.md', '.ts'], ['**/node_modules', '**/dist', '.git'], patterns)
    .map((file) => file.slice(root.length + 1))
}

/** The documents for users and contributors. */
export const documents: readonly string[] = find(
  '*.md',
  'docs/**/*.md',
  'packages/*/README.md',
  'apps/*/README.md',
)
