import { Application, defineModule } from '@myfy/core'
import { faultMatrix } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

const healthy = (name: string) => defineModule({ name, start() {}, stop() {} })

const matrix = faultMatrix(
  (faulty) =>
    new Application({
      ...faulty,
      logger: quiet,
      modules: [healthy('before'), ...faulty.modules, healthy('after')],
    }),
)

test('the matrix has 11 phases × 5 faults × 3 signal cases, late acquisitions, tasks and deaths in the run', () => {
  expect(matrix).toHaveLength(11 * 5 * 3 + 2 * 3 + (2 + 3 * 3) + 2)
})

describe.each([...matrix])('$name', (cell) => {
  test('ends with the right code, in order, each hook at most once, in time', async () => {
    const report = await cell.run()
    expect(report.problems).toEqual([])
  })
})
