import { Application, defineModule } from '@myfy/core'
import { faultMatrix } from '@myfy/core/testing'
import { afterAll, describe, expect, test, vi } from 'vitest'

const healthy = (name: string) => defineModule({ name, start() {}, stop() {} })

const matrix = faultMatrix(
  (faulty) =>
    new Application({
      ...faulty,
      modules: [healthy('before'), ...faulty.modules, healthy('after')],
    }),
)

test('the matrix has 11 phases × 5 faults × 3 signal cases, late acquisitions, tasks and deaths in the run', () => {
  expect(matrix).toHaveLength(11 * 5 * 3 + 2 * 3 + (2 + 3 * 3) + 2)
})

const printed = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'))
afterAll(() => {
  const texts = printed.flatMap(({ mock }) => mock.calls.map(([text]) => String(text)))
  expect(texts).toEqual([])
})

describe.each([...matrix])('$name', (cell) => {
  test('ends with the right code, in order, each hook at most once, in time', async () => {
    const report = await cell.run()
    expect(report.problems).toEqual([])
  })
})
