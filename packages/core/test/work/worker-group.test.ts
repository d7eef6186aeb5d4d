// The processes that run one application side by side, without the processes; packages/cli tests those.

import { Application, defineModule, type WorkerLink } from '@myfy/core'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

describe('a process that runs alone', () => {
  test('collects its own value, and has no number', async () => {
    const app = new Application()
    let count = 1
    const counts = app.workers.collector('count', async () => count++)
    expect(await counts()).toEqual([1])
    expect(await counts()).toEqual([2])
    expect(app.workers.slot).toBeUndefined()
  })

  test('passes on the error of the function', async () => {
    const counts = new Application().workers.collector('count', () => {
      throw new RangeError('no counter')
    })
    await expect(counts()).rejects.toThrow(new RangeError('no counter'))
  })

  test('refuses a second collector of one name', () => {
    const { workers } = new Application()
    workers.collector('count', () => 1)
    expect(() => workers.collector('count', () => 2)).toThrow(
      expect.objectContaining({
        code: 'MYFY_COLLECTOR_DUPLICATE',
        message:
          "Cannot collect 'count' from the workers: another collector has this name. Choose another name.",
      }),
    )
  })
})

describe('a process of a group', () => {
  test('collects through its supervisor, and answers it', async () => {
    let read: (name: string) => unknown = () => undefined
    const link: WorkerLink = {
      slot: 2,
      collect: async (name) => [`1: ${name}`, read(name)],
      serve: (given) => {
        read = given
      },
    }
    const seen: unknown[] = []
    const module = defineModule({
      name: 'counter',
      async start({ app }) {
        const counts = app.workers.collector('count', () => `${app.workers.slot}: own`)
        seen.push(...(await counts()))
        app.stop()
      },
    })
    const app = new Application({ logger: quiet, modules: [module] })
    await app.run({ workers: link, signals: false })
    expect(seen).toEqual(['1: count', '2: own'])
    expect(() => read('other')).toThrow(expect.objectContaining({ code: 'MYFY_COLLECTOR_UNKNOWN' }))
  })
})
