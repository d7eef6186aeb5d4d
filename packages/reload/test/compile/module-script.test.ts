import { moduleRunnerTransformSync } from 'oxc-transform'
import { describe, expect, test } from 'vitest'
import { inTwoPhases } from '../../src/compile/module-script.ts'

const transformed = (source: string) => moduleRunnerTransformSync('a.js', source, {}).code

/** The shapes of an import in the output of the transform. */
const shapes: Array<[name: string, source: string, shape: RegExp, imports: string[]]> = [
  [
    'an import with names',
    `import { a } from './a.ts'\nconsole.log(a)`,
    /^const __vite_ssr_import_0__ = await __vite_ssr_import__\("\.\/a\.ts", \{ importedNames: \["a"\] \}\);$/m,
    ['./a.ts'],
  ],
  [
    'an import without names',
    `import './b.ts'\nconsole.log(1)`,
    /^const __vite_ssr_import_0__ = await __vite_ssr_import__\("\.\/b\.ts"\);$/m,
    ['./b.ts'],
  ],
  [
    'export *',
    `export * from './c.ts'\nexport const c = 1`,
    /^const __vite_ssr_import_0__ = await __vite_ssr_import__\("\.\/c\.ts"\);\n__vite_ssr_exportAll__\(__vite_ssr_import_0__\);$/m,
    ['./c.ts'],
  ],
  [
    'an import with names over several lines',
    `import { longName, otherName, anotherName, yetAnotherName } from './d-with-a-long-name-of-a-file.ts'\nconsole.log(longName, otherName, anotherName, yetAnotherName)`,
    /^const __vite_ssr_import_0__ = await __vite_ssr_import__\("[^"]+", \{ importedNames: \[\n\t"longName",\n/m,
    ['./d-with-a-long-name-of-a-file.ts'],
  ],
  [
    'no import',
    `export const a = 1\nexport function f() {}`,
    /^Object\.defineProperty\(__vite_ssr_exports__, "a", \{\n/,
    [],
  ],
  [
    'several imports, and a string that looks like one',
    `import { a } from './a.ts'\nimport b from './b.ts'\nexport const text = \`\nconst __vite_ssr_import_7__ = await __vite_ssr_import__("./x.ts");\n\` + a + b`,
    /importedNames: \["default"\]/,
    ['./a.ts', './b.ts'],
  ],
]

describe.each(shapes)('%s', (_, source, shape, imports) => {
  test('has the expected shape in the output of the transform', () => {
    expect(transformed(source)).toMatch(shape)
  })

  test('is divided into two phases without moving a line of the author', () => {
    const before = transformed(source)
    const { code, imports: found } = inTwoPhases(before)
    expect(found).toEqual(imports)
    expect(code.split('\n')).toHaveLength(before.split('\n').length)
    const [declarations, body] = code.split('; yield;')
    // The first phase declares exports and binds imports, all of them and nothing else.
    for (const [index, specifier] of imports.entries())
      expect(declarations).toContain(
        `let __vite_ssr_import_${index}__ = __vite_ssr_import__("${specifier}");`,
      )
    expect(declarations).not.toMatch(/console\.log|= await/)
    expect(body).toMatch(/console\.log|const a = 1|const c = 1|const text/)
    // The second phase binds them again, when they have been evaluated.
    expect(body!.match(/^.*$/m)![0].match(/= __vite_ssr_import__/g) ?? []).toHaveLength(imports.length)
  })
})
