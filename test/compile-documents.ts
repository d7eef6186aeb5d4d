// The TypeScript blocks of the documents, compiled against the sources of the packages.

import { join } from 'node:path'
import ts from 'typescript'
import { type Block, blocks as blocksOf, documents, find, root } from './markdown.ts'

/** The blocks, and what the compiler says about them and about the sources of the packages that they import. */
export interface Compiled {
  readonly blocks: readonly Block[]
  readonly faults: readonly string[]
}

/** Compiles the blocks. `nodeTypes` is a folder that takes the place of `@types/node`, for every file. */
export function compileDocuments(nodeTypes?: string): Compiled {
  const blocks = [...documents, ...find('packages/*/src/**/*.ts')].flatMap(blocksOf)
  const byFile = new Map(blocks.map((block) => [block.file, block]))
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
  if (nodeTypes !== undefined) replaceNodeTypes(host, config.options, nodeTypes)
  const program = ts.createProgram([...byFile.keys()], config.options, host)
  const sources = program
    .getSourceFiles()
    .filter(({ fileName }) => byFile.has(fileName) || /\/packages\/[^/]+\/src\//.test(fileName))
  const faults = sources.flatMap((file) => {
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    const where = byFile.get(file.fileName)?.where ?? file.fileName
    return found.map((one) => `${where}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`)
  })
  return { blocks, faults }
}

/** Libraries refer to the types of Node.js as well: two versions in one program contradict each other. */
function replaceNodeTypes(host: ts.CompilerHost, options: ts.CompilerOptions, folder: string): void {
  host.resolveTypeReferenceDirectiveReferences = (references, containing, redirected) =>
    references.map((reference) => {
      const name = typeof reference === 'string' ? reference : reference.fileName
      if (name !== 'node')
        return ts.resolveTypeReferenceDirective(name, containing, options, host, redirected)
      const resolvedFileName = join(folder, 'index.d.ts')
      return { resolvedTypeReferenceDirective: { primary: true, resolvedFileName } }
    })
}
