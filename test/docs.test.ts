// Every TypeScript block that a reader may copy compiles, and every link leads somewhere.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { blocks, documents, find, read, root } from './markdown.ts'

test('every TypeScript block of the documentation compiles', () => {
  const all = [...documents, ...find('packages/*/src/**/*.ts')].flatMap(blocks)
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

describe('the links of', () => {
  test.each([...documents, 'bench/RESULTS.md'])('%s lead somewhere', (document) => {
    const text = read(document).replace(/^```[\s\S]*?^```/gm, '')
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link ?? '')
      .filter((link) => !/^(?:https?|mailto):/.test(link) && !leads(document, link))
    expect(broken).toEqual([])
  })

  function leads(document: string, link: string): boolean {
    const [path = '', heading] = link.split('#')
    const target = path === '' ? document : join(dirname(document), path)
    if (!existsSync(join(root, target))) return false
    return heading === undefined || anchors(target).includes(heading)
  }

  function anchors(document: string): string[] {
    return [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    )
  }
})

test('the files that ARCHITECTURE.md names are there', () => {
  const sources = find('packages/*/src/**/*.ts')
  const named = [...read('ARCHITECTURE.md').matchAll(/`(?:(\w+)\/src\/)?(\w+\.ts)`/g)]
  expect(named.length).toBeGreaterThan(20)
  const missing = named.filter(
    ([, name = '', file]) =>
      !sources.some((path) => path.includes(`packages/${name}`) && path.endsWith(`/${file}`)),
  )
  expect(missing.map(([code]) => code)).toEqual([])
})

describe('the guide', () => {
  const guide = read('docs/README.md')

  test('has a page for each chapter', () => {
    const pages = [...guide.matchAll(/\]\(([\w-]+)\.md\)/g)].map(([, page]) => page)
    expect(pages).toEqual([
      ...['lifecycle', 'hooks', 'lifespan', 'modules', 'dependency-injection', 'configuration', 'web'],
      ...['reload', 'cli', 'testing', 'deployment', 'troubleshooting', 'from-python', 'why-not'],
    ])
  })

  test('leaves no page out', () => {
    for (const page of find('docs/*.md'))
      if (page !== 'docs/README.md') expect(guide).toContain(page.slice(5))
  })
})
