// What is written of figures stands in bench/results.json, which the benches write.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'

interface Standing {
  readonly what: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly ours: number | string
  readonly target?: number
  readonly peers?: Record<string, number | string>
}

/** bench/ is outside of the workspace, and plain JavaScript. */
interface Renderer {
  readonly documents: readonly string[]
  renderResults(results: unknown): string
  renderDocument(text: string, results: unknown): string
  verdict(standing: Standing): string
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const results: Record<string, { readonly standing: readonly Standing[] }> = JSON.parse(
  read('bench/results.json'),
)
const renderer: Renderer = await import(pathToFileURL(join(root, 'bench/render.mjs')).href)

test('RESULTS.md is what results.json says', () => {
  expect(read('bench/RESULTS.md')).toBe(renderer.renderResults(results))
})

test.each(renderer.documents)('the figures in %s are what results.json says', (path) => {
  const text = read(path)
  expect(text).toMatch(/<!-- bench:\w+ -->/)
  expect(text).toBe(renderer.renderDocument(text, results))
})

test('every bench has told where it stands', () => {
  const told = Object.entries(results).filter(([, { standing }]) => standing.length > 0)
  const benches = readdirSync(join(root, 'bench')).filter((name) =>
    existsSync(join(root, 'bench', name, 'bench.mjs')),
  )
  expect(told.map(([name]) => name).sort()).toEqual(benches.sort())
})

describe('the verdict', () => {
  const standing = (ours: number | string, peers: Standing['peers'], better: Standing['better'] = 'lower') =>
    renderer.verdict({ what: 'it', unit: 'ms', better, ours, peers })

  test('is taken against the best peer', () => {
    expect(standing(10, { slow: 30, fast: 20 })).toBe('leads')
    expect(standing(25, { slow: 30, fast: 20 })).toBe('**behind**')
    expect(standing(0.9, { a: 0.8, b: 0.95 }, 'higher')).toBe('**behind**')
    expect(standing(0, { a: 41, b: 32 })).toBe('leads')
  })

  test('is even within two hundredths', () => {
    expect(standing(100, { a: 99 })).toBe('even')
    expect(standing(0, { a: 0 })).toBe('even')
  })

  test('counts who never ended as behind whoever did', () => {
    expect(standing(1.7, { a: 'never' })).toBe('leads')
    expect(standing('never', { a: 5, b: 'never' })).toBe('**behind**')
  })
})
