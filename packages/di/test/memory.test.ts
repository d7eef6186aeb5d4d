import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createContainer, request, seed } from '@myfy/di'
import { expect, test } from 'vitest'
import { forms } from './support.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

test.each(forms)('1,000,000 request scopes leave the heap where it was ($codegen)', async (form) => {
  const Id = seed<number>('request', 'Id')
  let ended = 0
  const session = request({ id: Id }, ({ id }) => ({ id }), { dispose: () => void ended++ })
  const container = createContainer(form)
  const plan = container.plan({ name: 'x', inject: { session }, scope: 'request', seeds: [Id] })
  container.build()
  const work = async (count: number) => {
    for (let i = 0; i < count; i++) (await plan.open(i)).dispose({ ok: true })
    for (let i = 0; i < count / 10; i++) {
      const scope = container.createScope('request', [Id.of(i)])
      scope.get(session)
      scope.dispose({ ok: true })
    }
  }
  const heap = () => {
    gc()
    return process.memoryUsage().heapUsed
  }
  await work(10_000)
  const before = heap()
  await work(1_000_000)
  expect(heap() - before).toBeLessThan(1_000_000)
  expect(ended).toBe(1_111_000)
})
