// Every error that a package constructs has one form, a documented code, and a class that can be imported.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bareErrors, constructions, exportsOf } from './error-constructions.ts'
import { documents, find, read, root } from './markdown.ts'

/** `Cannot <verb> <thing>: <reason>. <Fix>.` The reason and the fix may take several sentences or lines. */
const form = /^Cannot \S+ [^\n]*?: [\s\S]+?[.›]\s+[A-Z`'‹-][\s\S]*[.›)]$/

const packages = readdirSync(join(root, 'packages'))

test('the errors of every package are found', () => {
  for (const folder of packages) {
    const least = { otel: 0, mcp: 1 }[folder] ?? 3
    expect(constructions.filter((one) => one.folder === folder).length, folder).toBeGreaterThanOrEqual(least)
  }
})

describe.each(packages)('the errors of %s', (folder) => {
  const ours = constructions.filter((one) => one.folder === folder)

  test('say what failed, why, and how to fix it', () => {
    report(
      ours.flatMap(({ place, className, messages }) =>
        messages
          // An error that only collects others repeats their messages.
          .filter((text) => !form.test(text) && !/^‹[^›]*›$/.test(text))
          .slice(0, 2)
          .map((text) => `${place} ${className}: ${text}`),
      ),
    )
  })

  test('have a code that belongs to one class', () => {
    const owners = new Map<string, string>()
    report(
      ours.flatMap(({ place, className, codes }) =>
        codes.flatMap((code) => {
          const owner = owners.get(code) ?? className
          owners.set(code, owner)
          if (!/^MYFY_[A-Z\d]+(?:_[A-Z\d]+)*$/.test(code))
            return [`${place} ${className}: the code ${code} does not begin with MYFY_`]
          return owner === className ? [] : [`${place}: ${code} is a code of ${owner} and of ${className}`]
        }),
      ),
    )
  })

  test('have a code that is documented', () => {
    const text = documents.map(read).join('\n')
    const codes = new Set(ours.flatMap((one) => one.codes))
    report(
      [...codes].filter((code) => !text.includes(`\`${code}\``)).map((code) => `${code} is in no document`),
    )
  })

  test('are exported', () => {
    const manifest = JSON.parse(read(`packages/${folder}/package.json`)) as { exports?: object }
    const names = new Set(
      find(`packages/${folder}/src/index.ts`, `packages/${folder}/src/*/index.ts`).flatMap(exportsOf),
    )
    const hidden = new Set(ours.map((one) => one.className).filter((name) => !names.has(name)))
    // Some are declared, and exported, by a package below.
    const elsewhere = new Set(packages.flatMap((one) => exportsOf(`packages/${one}/src/index.ts`)))
    report(
      manifest.exports || folder === 'create-myfy'
        ? [...hidden].filter((name) => !elsewhere.has(name)).map((name) => `${name} is not exported`)
        : [],
    )
  })

  test('are instances of a class with a code', () => {
    report(bareErrors(folder))
  })
})

function report(found: readonly string[]): void {
  if (found.length > 0) expect.fail(`${found.length} places:\n${found.join('\n')}`)
}
