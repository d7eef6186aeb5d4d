// Every TypeScript block that a reader may copy compiles: in READMEs, in docs/, and in the examples of TSDoc.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

interface Block {
  /** `packages/core/README.md:12` */
  readonly where: string
  /** A file that does not exist, beside the document: its imports resolve as a reader's would. */
  readonly file: string
  readonly code: string
}

function blocks(document: string): Block[] {
  const source = readFileSync(join(root, document), 'utf8')
  // In TSDoc each line begins with an asterisk.
  const text = document.endsWith('.ts') ? source.replace(/^ *\* ?/gm, '') : source
  return [...text.matchAll(/^```ts(?: .*)?\n([\s\S]*?)^```/gm)].map((match, i) => {
    const line = text.slice(0, match.index).split('\n').length
    const directory =
      document.startsWith('docs/') || !document.includes('/') ? 'apps/starter' : dirname(document)
    return {
      where: `${document}:${line}`,
      file: join(root, directory, `__example_${document.replace(/\W/g, '_')}_${i}.ts`),
      code: `${match[1]}\nexport {}\n`,
    }
  })
}

const documents = [
  '*.md',
  'docs/**/*.md',
  'packages/*/README.md',
  'apps/*/README.md',
  'packages/*/src/*.ts',
].flatMap((pattern) => find(pattern))

test('every TypeScript block of the documentation compiles', () => {
  const all = documents.flatMap(blocks)
  expect(all.length).toBeGreaterThan(10)
  const byFile = new Map(all.map((block) => [block.file, block]))
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    { noUnusedLocals: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic(diagnostic) {
        throw new Error(String(diagnostic.messageText))
      },
    },
  )
  if (!config) throw new Error('tsconfig.json cannot be read')
  const host = ts.createCompilerHost(config.options)
  const { readFile, fileExists, getSourceFile } = host
  host.readFile = (file) => byFile.get(file)?.code ?? readFile.call(host, file)
  host.fileExists = (file) => byFile.has(file) || fileExists.call(host, file)
  host.getSourceFile = (file, target, ...rest) => {
    const block = byFile.get(file)
    return block
      ? ts.createSourceFile(file, block.code, target)
      : getSourceFile.call(host, file, target, ...rest)
  }
  const program = ts.createProgram([...byFile.keys()], config.options, host)
  const faults = all.flatMap((block) => {
    const file = program.getSourceFile(block.file)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map((one) => `${block.where}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`)
  })
  expect(faults).toEqual([])
}, 120_000)

function find(pattern: string): string[] {
  return ts.sys
    .readDirectory(root, ['.md', '.ts'], ['**/node_modules', '**/dist', '.git'], [pattern])
    .map((file) => file.slice(root.length + 1))
}
