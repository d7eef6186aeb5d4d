import { expect, it } from 'vitest'
// @ts-expect-error: a script without types
import { countLines } from '../scripts/count-lines.mjs'

it('has at most 120 lines of plumbing', () => {
  const { plumbing, folders } = countLines() as { plumbing: number; folders: Record<string, number> }
  expect(plumbing, JSON.stringify(folders)).toBeLessThanOrEqual(120)
  expect(plumbing).toBeGreaterThan(50)
})
