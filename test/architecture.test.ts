// The structure of the sources: no circle, no arrow upwards, small rooms, and a test that mirrors each room.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { heavy } from '../vitest.config.ts'
import { find, root } from './markdown.ts'

/** The largest number of source files in one folder. */
const limit = 14

const packages = readdirSync(join(root, 'packages'))

/** The imports of a source file, type imports and `import('…')` included, as paths from the root. */
function importsOf(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
            ? node.arguments[0]
            : undefined
    if (specifier && ts.isStringLiteral(specifier)) found.push(specifier.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const relativeImports = (file: string) =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(root, resolve(root, dirname(file), specifier)))
    .filter((path) => path.endsWith('.ts'))

describe.each(packages)('the sources of %s', (folder) => {
  const src = `packages/${folder}/src`
  const files = find(`${src}/**/*.ts`)
  const graph = new Map(files.map((file) => [file, relativeImports(file)]))
  /** The room of a file: the folder below `src`, or the file itself where it stands in `src`. */
  const room = (file: string) => {
    const [first = ''] = relative(src, file).split('/')
    return first
  }

  test('have no import circle, type imports included', () => {
    expect(circles(graph)).toEqual([])
  })

  test('have rooms that import one another in one direction only', () => {
    const rooms = new Map<string, string[]>()
    for (const [file, imported] of graph) {
      if (basename(file) === 'index.ts') continue
      const from = room(file)
      const to = imported.map(room).filter((other) => other !== from)
      rooms.set(from, [...new Set([...(rooms.get(from) ?? []), ...to])])
    }
    expect(circles(rooms)).toEqual([])
  })

  test(`have at most ${limit} files in a folder`, () => {
    const counts = new Map<string, number>()
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    expect([...counts].filter(([, count]) => count > limit)).toEqual([])
  })

  test('have names in kebab-case', () => {
    expect(files.filter((file) => !/^[a-z\d]+(?:-[a-z\d]+)*\.ts$/.test(basename(file)))).toEqual([])
  })

  test('have tests in folders of the same name', () => {
    const tests = find(`packages/${folder}/test/**/*.test.ts`)
    const unknown = tests
      .map((file) => dirname(relative(`packages/${folder}/test`, file)))
      .filter((at) => at !== '.' && !existsSync(join(root, src, at)))
    expect([...new Set(unknown)]).toEqual([])
  })
})

test('packages import only packages below them', () => {
  const allowed: Record<string, readonly string[]> = {
    di: [],
    core: ['@myfy/di'],
    web: ['@myfy/core', '@myfy/di'],
    data: ['@myfy/core', '@myfy/di'],
    tasks: ['@myfy/core', '@myfy/data', '@myfy/di'],
    reload: ['@myfy/core', '@myfy/di'],
    cli: ['@myfy/core', '@myfy/di', '@myfy/reload'],
    otel: ['@myfy/core'],
    mcp: ['@myfy/core', '@myfy/di'],
    'create-myfy': [],
  }
  const upwards = packages.flatMap((folder) =>
    find(`packages/${folder}/src/**/*.ts`).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('@myfy/'))
        .filter((specifier) => !allowed[folder]?.includes(specifier.split('/').slice(0, 2).join('/')))
        .map((specifier) => `${file} imports ${specifier}`),
    ),
  )
  expect(upwards).toEqual([])
})

// A library whose declarations are not valid with the `lib` of a project fails its compilation without `skipLibCheck`.
test('the declarations of the packages name few types of other libraries', () => {
  const checked = ['@modelcontextprotocol/sdk/server/mcp.js', 'crossws', 'kysely']
  const named = packages.flatMap((folder) =>
    [
      ...readFileSync(join(root, `packages/${folder}/etc/${folder}.api.md`), 'utf8').matchAll(
        / from '([^']+)';$/gm,
      ),
    ]
      .map(([, specifier = '']) => specifier)
      .filter((specifier) => !/^(?:node:|@myfy\/)/.test(specifier) && !checked.includes(specifier))
      .map((specifier) => `${folder} names types of ${specifier}`),
  )
  expect(named).toEqual([])
})

/** The strongly connected parts of a graph that have more than one node, in Tarjan's order. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const connect = (node: string): void => {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) connect(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!))
    }
    if (low.get(node) !== index.get(node)) return
    const part = stack.splice(stack.indexOf(node))
    if (part.length > 1) found.push(part.sort())
  }
  for (const node of graph.keys()) if (!index.has(node)) connect(node)
  return found
}

// A class that refers to itself is renamed by the compiler: `_Application` would be listed by `myfy providers`.
test.each([
  ['core', 'Application'],
  ['di', 'Container'],
  ['web', 'WebModule'],
])('the compiled %s has its class %s under that name', async (name, exported) => {
  const compiled = await import(join(root, 'packages', name, 'dist/index.js'))
  expect(compiled[exported].name).toBe(exported)
})

test('the heavy half of the tests lists files that exist', () => {
  expect(heavy.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
