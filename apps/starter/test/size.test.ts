import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './process.ts'

it('has at most 500 lines, without the page and the tests', () => {
  const files = ['src', 'migrations'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|sql)$/.test(name))
      .map((name) => join(folder, name)),
  )
  const lines = files.map(
    (name) => [name, readFileSync(join(root, name), 'utf8').trimEnd().split('\n').length] as const,
  )
  const sum = lines.reduce((total, [, count]) => total + count, 0)
  expect(sum, JSON.stringify(Object.fromEntries(lines))).toBeLessThanOrEqual(500)
})
