// Independent asynchronous services are built side by side, and disposed in reverse order of completion.
import { createContainer, request, singleton } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { deferred, forms } from '../support.ts'

/** Three factories of which none ends before all have begun. */
function meeting() {
  const all = deferred()
  let begun = 0
  return (name: string) => async () => {
    if (++begun === 3) all.resolve()
    await all.promise
    return name
  }
}

describe.each(forms)('three independent services ($codegen)', (form) => {
  test('of a plan that are singletons are built side by side', async () => {
    const meet = meeting()
    const container = createContainer(form)
    const [a, b, c] = ['a', 'b', 'c'].map((name) => singleton(meet(name)))
    const plan = container.plan({ name: 'start', inject: [a!, b!, c!] })
    container.build()
    await plan.prepare()
    expect((await plan.open()).values).toEqual(['a', 'b', 'c'])
  })

  test('of a request are built side by side', async () => {
    const meet = meeting()
    const container = createContainer(form)
    const [a, b, c] = ['a', 'b', 'c'].map((name) => request(meet(name)))
    const sum = request([a!, b!, c!], (...names) => names.join(''))
    const plan = container.plan({ name: 'GET /', inject: { sum }, scope: 'request' })
    container.build()
    expect((await plan.open()).values).toEqual({ sum: 'abc' })
  })

  test('of a scope are built side by side', async () => {
    const meet = meeting()
    const [a, b, c] = ['a', 'b', 'c'].map((name) => request(meet(name)))
    const sum = request([a!, b!, c!], (...names) => names.join(''))
    const scope = createContainer(form).build().createScope('request')
    expect(await scope.resolve(sum)).toBe('abc')
  })

  test('are disposed in reverse order of completion', async () => {
    const log: string[] = []
    const gates = { a: deferred(), b: deferred() }
    const part = (name: 'a' | 'b') =>
      request(
        async () => {
          await gates[name].promise
          return name
        },
        { dispose: () => void log.push(name) },
      )
    const after = request({ a: part('a') }, () => 'after', { dispose: () => void log.push('after') })
    const container = createContainer(form)
    const plan = container.plan({ name: 'GET /', inject: [after, part('b')], scope: 'request' })
    container.build()
    const opening = Promise.resolve(plan.open())
    gates.b.resolve()
    await gates.b.promise
    gates.a.resolve()
    await (await opening).dispose({ ok: true })
    expect(log).toEqual(['after', 'a', 'b'])
  })

  test('of which one fails are all awaited, and the others disposed', async () => {
    const log: string[] = []
    const gate = deferred()
    const slow = request(
      async () => {
        await gate.promise
        return 'slow'
      },
      { dispose: () => void log.push('slow disposed') },
    )
    const bad = request(async (): Promise<string> => Promise.reject(new Error('boom')))
    const container = createContainer(form)
    const plan = container.plan({ name: 'GET /', inject: { slow, bad }, scope: 'request' })
    container.build()
    const opening = Promise.resolve(plan.open())
    queueMicrotask(() => gate.resolve())
    await expect(opening).rejects.toMatchObject({ cause: { message: 'boom' } })
    expect(log).toEqual(['slow disposed'])
  })
})
