import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ModuleRunner } from '../../src/runner/module-runner.ts'
import { createProject } from '../project.ts'
import { loadModules } from './load-modules.ts'

const nodeModules = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

/** CommonJS in every form: the files of a project, of which `main` exports `result`. */
const forms: Array<[name: string, files: Record<string, string>]> = [
  [
    '.cjs that requires .cjs',
    {
      'old.cjs': `exports.twice = require('./older.cjs').one * 2; exports.name = __filename.split(/[\\\\/]/).at(-1)`,
      'older.cjs': `exports.one = 1`,
      'main.ts': `import { twice, name } from './old.cjs'\nexport const result = [twice, name]`,
    },
  ],
  [
    'a default import of CommonJS',
    {
      'old.cjs': `module.exports = function hello() { return 'hello ' + typeof require('node:fs').readFileSync }`,
      'main.ts': `import hello from './old.cjs'\nexport const result = hello()`,
    },
  ],
  [
    '.cts with import = require and export =',
    {
      'old.cts': `import fs = require('node:fs')\nconst here: string = typeof __dirname\nexport = { here, has: typeof fs.readFileSync }`,
      'main.ts': `import old from './old.cts'\nexport const result = [old.here, old.has]`,
    },
  ],
  [
    '.cts with require, export and module.exports',
    {
      'old.cts': `const fs = require('node:fs') as any\nexport const has: string = typeof fs.readFileSync\nmodule.exports.more = __filename.split(/[\\\\/]/).at(-1)`,
      'main.ts': `import * as old from './old.cts'\nexport const result = [(old as any).has, (old as any).more]`,
    },
  ],
  [
    'a package without type: TypeScript with require and export',
    {
      'package.json': '{ "name": "x" }',
      'db.ts': `const { join } = require('node:path')\nexport const where: string = join(typeof __dirname, 'sql').split(/[\\\\/]/).at(-1)`,
      'main.ts': `import { where } from './db'\nexport const result = where`,
    },
  ],
  [
    'a package without type: JavaScript of both kinds, by its content',
    {
      'package.json': '{ "name": "x" }',
      'old.js': `const { b } = require('./b.js')\nmodule.exports = { a: b + 1 }`,
      'b.js': `exports.b = 1`,
      'new.js': `import { a } from './old.js'\nexport const c = a + 1`,
      'main.ts': `import { c } from './new.js'\nexport const result = c`,
    },
  ],
  [
    'require of TypeScript and of JSON',
    {
      'data.json': '{ "answer": 42 }',
      'typed.cts': `enum Color { Red = 'red' }\nexport const color: string = Color.Red`,
      'old.cjs': `module.exports = [require('./data.json').answer, require('./typed.cts').color]`,
      'main.ts': `import old from './old.cjs'\nexport const result = old`,
    },
  ],
  [
    'a cycle of requires',
    {
      'a.cjs': `exports.early = 1; exports.b = require('./b.cjs').b; exports.late = 2`,
      'b.cjs': `const a = require('./a.cjs'); exports.b = [a.early, a.late]`,
      'main.ts': `import a from './a.cjs'\nexport const result = a`,
    },
  ],
  [
    'sloppy mode',
    {
      'old.cjs': `undeclared = 5; exports.value = (function () { return this === globalThis })() && undeclared; delete globalThis.undeclared; return`,
      'main.ts': `import { value } from './old.cjs'\nexport const result = value`,
    },
  ],
  [
    'a module that declares require itself',
    {
      'package.json': '{ "name": "x" }',
      'main.ts': `import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\nconst __dirname = 'own'\nexport const result = [typeof require('node:fs'), __dirname]`,
    },
  ],
  [
    'import() and require.resolve in CommonJS',
    {
      'late.mjs': `export const late = 'late'`,
      'old.cjs': `exports.where = require.resolve('./late.mjs').split(/[\\\\/]/).at(-1); exports.late = import('./late.mjs')`,
      'main.ts': `import old from './old.cjs'\nexport const result = [old.where, (await old.late).late]`,
    },
  ],
]

/** What a module tells about itself and its relatives. The paths of a project end with its name. */
const about = `
const name = (file) => file && String(file).split(/[\\\\/]/).slice(-1)[0]
exports.seen = {
  id: name(module.id), path: name(module.path) === name(__dirname), filename: name(module.filename), loaded: module.loaded,
  parent: module.parent && name(module.parent.filename), orphan: module.parent === null,
  paths: module.paths.map((one) => name(one)), nearest: module.paths[0] === require('node:path').join(__dirname, 'node_modules'),
  isMain: require.main === module, main: require.main && name(require.main.filename),
  keys: Object.keys(module), isModule: module instanceof require('node:module'), class: module.constructor.name,
  required: module.require('./leaf.cjs').leaf, children: module.children.map((one) => name(one.id) + ' ' + one.loaded),
}
`

describe('CommonJS of the application', () => {
  test.each([
    ['main.cjs', `require('./child.cjs'); require('dep'); require('./child.cjs')`],
    ['main.mjs', `import './child.cjs'`],
  ])('a module of %s tells about itself what it does under Node', async (main, imports) => {
    const files = {
      [main]: `${imports}\n${main.endsWith('.cjs') ? about : ''}`,
      'child.cjs': `${about}; globalThis.seen = [exports.seen, ...(globalThis.seen ?? [])]`,
      'leaf.cjs': `exports.leaf = module.parent ? module.parent.children.length : 'none'`,
      'node_modules/dep/index.js': 'exports.of = module.parent.filename.length',
    }
    const project = createProject({
      ...files,
      [main]: `${files[main]}\nconsole.log(JSON.stringify([globalThis.seen, ${main.endsWith('.cjs') ? 'exports.seen' : 0}]))`,
    })
    const printed = execFileSync(process.execPath, [project.file(main)], { encoding: 'utf8' })
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const { argv } = process
    onTestFinished(() => {
      process.argv = argv
      log.mockRestore()
      Reflect.deleteProperty(globalThis, 'seen')
    })
    process.argv = [argv[0]!, project.file(main)]
    await new ModuleRunner({ conditions: [] }).beginLoad().run(project.file(main))
    expect(JSON.parse(log.mock.calls[0]![0])).toEqual(JSON.parse(printed))
  })

  test.each(forms)('%s runs as under tsx', async (_, files) => {
    const { exports } = await loadModules(files)
    const project = createProject(files)
    symlinkSync(nodeModules, project.file('node_modules'))
    project.write({
      'probe.mts': `import * as main from './main.ts'\nconsole.log(JSON.stringify((main as any).result ?? (main as any).default.result))`,
    })
    const tsx = path.join(nodeModules, 'tsx/dist/cli.mjs')
    const printed = execFileSync(process.execPath, [tsx, project.file('probe.mts')], {
      encoding: 'utf8',
      cwd: project.root,
    })
    expect(JSON.parse(JSON.stringify(exports.result))).toEqual(JSON.parse(printed))
  })

  test('import = require works in a module, as the TypeScript compiler has it', async () => {
    const { exports } = await loadModules({
      'a.ts': `import path = require('node:path')\nexport const sep: string = path.sep`,
      'main.ts': `import { sep } from './a.ts'\nexport const result = sep`,
    })
    expect(exports.result).toBe(path.sep)
  })

  test('is loaded again when one of its files changes', async () => {
    const { project, runner, entry } = await loadModules({
      'main.ts': `import { twice } from './old.cjs'; export const result = twice`,
      'old.cjs': `exports.twice = require('./older.cjs').one * 2`,
      'older.cjs': `exports.one = 1`,
    })
    expect(runner.files).toContain(project.file('older.cjs'))
    project.write({ 'older.cjs': 'exports.one = 5' })
    expect(await runner.beginLoad([project.file('older.cjs')]).run(entry)).toMatchObject({ result: 10 })
  })

  test('cannot require a module that awaits at its top level', async () => {
    const files = {
      'late.mjs': `await 1; export const late = 1`,
      'main.ts': `import './old.cjs'`,
      'old.cjs': `require('./late.mjs')`,
    }
    await expect(loadModules(files)).rejects.toMatchObject({
      code: 'ERR_REQUIRE_ASYNC_MODULE',
      message: expect.stringContaining('it awaits at its top level'),
    })
  })

  const packages = {
    'node_modules/esm/package.json': '{ "name": "esm", "type": "module", "exports": "./main.js" }',
    'node_modules/esm/main.js': `export let count = 0; export const add = () => ++count; export default 'esm'`,
    'node_modules/cjs/package.json': '{ "name": "cjs" }',
    'node_modules/cjs/index.js': `exports.name = 'cjs'`,
    'node_modules/fn/package.json': '{ "name": "fn" }',
    'node_modules/fn/index.js': `module.exports = Object.assign(() => 'called', { extra: 1 })`,
    'node_modules/data/package.json': '{ "name": "data", "version": "1.2.3" }',
    'node_modules/late/package.json': '{ "name": "late", "type": "module", "exports": "./main.js" }',
    'node_modules/late/main.js': `await 1; export const late = 1`,
  }

  test.each(['entry.cts', 'entry.cjs'])('a module that imports packages is required by %s', async (entry) => {
    const files = {
      ...packages,
      'uses.ts': `
import fs, { readFileSync } from 'node:fs'
import value, { add, count } from 'esm'
import cjs, { name } from 'cjs'
import call, { extra } from 'fn'
import data from 'data/package.json'
import * as esm from 'esm'
export * from 'esm'
add()
export const seen: unknown[] = [fs.readFileSync === readFileSync, value, count, cjs.name, name, call(), extra, data.version, Object.keys(esm)]`,
      [entry]: `const uses = require('./uses.ts'); exports.result = [...uses.seen, Object.keys(uses).sort()]`,
      'by-import.ts': `import * as uses from './uses.ts'\nexport const result = [...uses.seen, Object.keys(uses).sort()]`,
    }
    const required = await loadModules(files, entry)
    const imported = await loadModules(files, 'by-import.ts')
    expect(required.exports.result).toEqual(imported.exports.result)
    expect(required.exports.result).toEqual([
      ...[true, 'esm', 1, 'cjs', 'cjs', 'called', 1, '1.2.3', ['add', 'count', 'default']],
      ['add', 'count', 'seen'],
    ])
  })

  test('a package is one instance for a require and for an import of it', async () => {
    const { exports } = await loadModules({
      ...packages,
      'uses.ts': `import { add } from 'esm'\nexport const added: number = add()`,
      'old.cjs': `exports.added = require('./uses.ts').added; exports.direct = require('esm').add()`,
      'main.ts': `import old from './old.cjs'\nimport { count } from 'esm'\nexport const result = [old.added, old.direct, count]`,
    })
    expect(exports.result).toEqual([1, 2, 2])
  })

  test.each([
    ['late', 'it needs ', 'node_modules/late/main.js, which awaits at its top level'],
    ['./late.mjs', 'it needs ', 'late.mjs, which awaits at its top level'],
    ['data:text/javascript,export default 1', 'it needs data:', 'Node.js loads it by import() alone'],
  ])('an error states why a module that imports %s cannot be required', async (name, ...sentences) => {
    const { exports, project } = await loadModules({
      ...packages,
      'late.mjs': `await 1; export const late = 1`,
      'uses.ts': `import * as it from '${name}'\nexport const keys: string[] = Object.keys(it)`,
      'old.cjs': `try { require('./uses.ts') } catch (error) { exports.error = error }`,
      'main.ts': `import old from './old.cjs'\nexport const result = old.error\nexport const { keys } = await import('./uses.ts')`,
    })
    expect(exports.result.code).toBe('ERR_REQUIRE_ASYNC_MODULE')
    expect(exports.result.message).toContain(
      `Cannot require ${project.file('uses.ts')} in ${project.file('old.cjs')}: ${sentences[0]}`,
    )
    expect(exports.result.message).toContain(sentences[1])
    expect(exports.result.message).toContain('Use import() instead.')
    expect(exports.keys).toHaveLength(1)
  })

  test('an error that a package throws is its own', async () => {
    const files = {
      'node_modules/bad/index.js': `throw new RangeError('no licence')`,
      'uses.ts': `import 'bad'`,
      'entry.cjs': `require('./uses.ts')`,
    }
    await expect(loadModules(files, 'entry.cjs')).rejects.toThrow(new RangeError('no licence'))
  })

  test('a missing file keeps the error of Node', async () => {
    const { exports } = await loadModules({
      'old.cjs': `try { require('./nowhere') } catch (error) { exports.code = error.code }`,
      'main.ts': `import { code } from './old.cjs'\nexport const result = code`,
    })
    expect(exports.result).toBe('MODULE_NOT_FOUND')
  })
})
