import { Application } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { fitBudget } from '../../src/hooks/shutdown-budget.ts'
import { quiet } from '../quiet.ts'

describe('the budget of a stop', () => {
  test('has its defaults, and no grace period shrinks nothing', () => {
    expect(fitBudget({})).toEqual({
      delay: 0,
      drain: 30_000,
      stop: 10_000,
      flush: 2_000,
      total: 42_000,
      shrunk: false,
      gracePeriod: Number.POSITIVE_INFINITY,
    })
  })

  test('shrinks in proportion so that all of it ends inside the grace period', () => {
    const budget = fitBudget({ delay: 5_000, gracePeriod: 10_000 })
    expect(budget.total).toBe(9_500)
    expect(budget.drain / budget.stop).toBeCloseTo(3)
    expect(budget.delay + budget.drain + budget.stop + budget.flush).toBeCloseTo(9_500)
    expect(budget.shrunk).toBe(true)
  })

  test('never grows into a long grace period', () => {
    expect(fitBudget({ gracePeriod: 300_000 }).total).toBe(42_000)
  })

  test('takes the platform’s word from the environment', async () => {
    const app = new Application({ logger: quiet, host: new TestHost({ env: { MYFY_GRACE_PERIOD: '10s' } }) })
    await app.initialize()
    expect(app.budget.total).toBe(9_500)
  })

  test.each(['30', '30s', '0.5m', ' 30 s '])('reads %j in MYFY_GRACE_PERIOD as 30 seconds', (text) => {
    expect(fitBudget({}, text).total).toBeCloseTo(29_500)
  })

  test.each(['30', '30s', 30_000] as const)('reads %j in an option as 30 seconds', (gracePeriod) => {
    expect(fitBudget({ gracePeriod: gracePeriod as never }).total).toBeCloseTo(29_500)
  })

  test('refuses a grace period that is not a duration: nothing starts, exit 78', async () => {
    const host = new TestHost({ env: { MYFY_GRACE_PERIOD: 'soon' } })
    const app = new Application({ logger: quiet, host })
    await expect(app.initialize()).rejects.toThrow(
      'Cannot use "soon" as MYFY_GRACE_PERIOD: it is not a duration above 0. Write 500ms, 30s, 2m or 1h, or a number of seconds.',
    )
    expect(await app.stop()).toBe(78)
  })
})
