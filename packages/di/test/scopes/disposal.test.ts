import {
  createContainer,
  lazy,
  type Opened,
  type Outcome,
  optional,
  request,
  ServicesFailedError,
  seed,
  singleton,
  task,
  token,
  transient,
} from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { deferred, forms, nameOfForm, thrown } from '../support.ts'

/** Providers a ← b ← c that log how they end. */
function chain(log: string[], how: 'sync' | 'async' = 'sync') {
  const end = (name: string) => (_: unknown, outcome: Outcome) => {
    log.push(`${name} ${outcome.ok ? 'ok' : 'failed'}`)
    return how === 'async' ? Promise.resolve().then(() => void log.push(`${name} over`)) : undefined
  }
  const a = request(() => 'a', { dispose: end('a') })
  const b = request({ a }, ({ a }) => `${a}b`, { dispose: end('b') })
  const c = request({ b }, ({ b }) => `${b}c`, { dispose: end('c') })
  return { a, b, c }
}

describe.each(forms)('an opening, $codegen', (form) => {
  test(`ends in reverse order of construction, at once when all of it is synchronous (${nameOfForm(form)})`, () => {
    const log: string[] = []
    const { c } = chain(log)
    const container = createContainer(form)
    const plan = container.plan({ name: 'x', inject: { c }, scope: 'request' })
    container.build()
    const opened = plan.open() as Opened
    expect(opened.disposable).toBe(true)
    expect(opened.dispose({ ok: true })).toBe(undefined)
    expect(opened.dispose()).toBe(undefined)
    expect(log).toEqual(['c ok', 'b ok', 'a ok'])
  })

  test('awaits each before the next', async () => {
    const log: string[] = []
    const { c } = chain(log, 'async')
    const container = createContainer(form)
    const plan = container.plan({ name: 'x', inject: { c }, scope: 'request' })
    container.build()
    await ((await plan.open()) as Opened).dispose({ ok: true })
    expect(log).toEqual(['c ok', 'c over', 'b ok', 'b over', 'a ok', 'a over'])
  })

  test('runs every disposer even when some fail, and tells which', async () => {
    const log: string[] = []
    const bad = (name: string, how: (error: Error) => unknown) =>
      request(() => name, {
        name,
        dispose: () => {
          log.push(name)
          return how(new Error(name))
        },
      })
    const first = bad('first', (error) => Promise.reject(error))
    const second = bad('second', () => undefined)
    const third = bad('third', (error) => {
      throw error
    })
    const container = createContainer(form)
    const plan = container.plan({ name: 'x', inject: [first, second, third], scope: 'request' })
    container.build()
    const opened = plan.open() as Opened
    const error = await Promise.resolve(opened.dispose({ ok: true })).then(
      () => undefined,
      (error) => error,
    )
    expect(error).toBeInstanceOf(ServicesFailedError)
    expect(error.errors.map((e: Error) => e.message)).toEqual(['third', 'first'])
    expect(error.message).toBe(
      'Cannot dispose third, first: third; first. Handle the errors in their disposers.',
    )
    expect(log).toEqual(['third', 'second', 'first'])
  })

  test('uses the instance’s own disposer, of classes and of what factories make', async () => {
    const log: string[] = []
    class Sync {
      [Symbol.dispose]() {
        log.push('sync')
      }
    }
    class Async {
      async [Symbol.asyncDispose]() {
        log.push('async')
      }
    }
    const made = request(() => ({ [Symbol.dispose]: () => void log.push('made') }))
    const kept = request(() => ({ [Symbol.dispose]: () => void log.push('never') }), { dispose: false })
    const container = createContainer(form)
      .register(Sync, { scope: 'request' })
      .register(Async, { scope: 'request' })
    const plan = container.plan({ name: 'x', inject: [Sync, Async, made, kept], scope: 'request' })
    container.build()
    await (plan.open() as Opened).dispose()
    expect(log).toEqual(['made', 'async', 'sync'])
  })

  test('does not dispose what a factory only hands on', async () => {
    const log: string[] = []
    class Pool {
      [Symbol.dispose]() {
        log.push('pool')
      }
    }
    const mine = request({ pool: Pool }, ({ pool }) => pool)
    const container = createContainer(form).register(Pool)
    const plan = container.plan({ name: 'x', inject: { mine }, scope: 'request' })
    container.build()
    await (plan.open() as Opened).dispose()
    const scope = container.createScope('request')
    scope.get(mine)
    await scope.dispose()
    expect(log).toEqual([])
    await container.dispose()
    expect(log).toEqual(['pool'])
  })

  test('does not dispose what a factory with settle hands on, and still settles it', async () => {
    const log: string[] = []
    class Pool {
      [Symbol.dispose]() {
        log.push('pool')
      }
    }
    const mine = request({ pool: Pool }, ({ pool }) => pool, {
      settle: (pool, { ok }) => void log.push(`settle ${pool instanceof Pool} ${ok}`),
    })
    const container = createContainer(form).register(Pool)
    const plan = container.plan({ name: 'x', inject: [mine], scope: 'request' })
    container.build()
    const opened = plan.open() as Opened
    await opened.settle({ ok: true })
    await opened.dispose()
    const scope = container.createScope('request')
    scope.get(mine)
    await scope.dispose({ ok: false, error: new Error('no') })
    expect(log).toEqual(['settle true true', 'settle true false'])
    await container.dispose()
    expect(log.slice(2)).toEqual(['pool'])
  })

  test('of which nothing has an end costs nothing', () => {
    class Plain {}
    const container = createContainer(form).register(Plain, { scope: 'request' })
    const plan = container.plan({ name: 'x', inject: [Plain], scope: 'request' })
    container.build()
    const opened = plan.open() as Opened
    expect([opened.disposable, opened.settle({ ok: true }), opened.dispose()]).toEqual([
      false,
      undefined,
      undefined,
    ])
  })

  test('that fails half-way leaves nothing: what was built is settled as failed and disposed', async () => {
    const log: string[] = []
    const { b } = chain(log)
    const bad = request(
      { b },
      (): string => {
        throw new Error('boom')
      },
      { name: 'bad' },
    )
    const never = request(() => void log.push('never built'))
    const container = createContainer(form)
    const plan = container.plan({ name: 'GET /', inject: [bad, never], scope: 'request' })
    container.build()
    const error = thrown(() => plan.open())
    expect(error).toMatchObject({ code: 'MYFY_DI_PROVIDER_FAILED', path: ['GET /', 'bad (request)'] })
    expect(log).toEqual(['b failed', 'a failed'])
  })

  test('that fails half-way and cleans up asynchronously rejects after that', async () => {
    const log: string[] = []
    const { b } = chain(log, 'async')
    const bad = request({ b }, async (): Promise<string> => Promise.reject(new Error('boom')))
    const container = createContainer(form)
    const plan = container.plan({ name: 'GET /', inject: [bad], scope: 'request' })
    container.build()
    expect(plan.async).toBe(true)
    await expect(plan.open()).rejects.toMatchObject({
      code: 'MYFY_DI_PROVIDER_FAILED',
      cause: { message: 'boom' },
    })
    expect(log).toEqual(['b failed', 'b over', 'a failed', 'a over'])
  })

  test('keeps the first failure when the clean-up fails as well', () => {
    const held = request(() => 1, {
      name: 'held',
      dispose: () => {
        throw new Error('stuck')
      },
    })
    const bad = request({ held }, (): number => {
      throw new Error('boom')
    })
    const container = createContainer(form)
    const plan = container.plan({ name: 'GET /', inject: [bad], scope: 'request' })
    container.build()
    const error = thrown(() => plan.open())
    expect(error).toMatchObject({
      cause: { message: 'boom' },
      suppressed: { message: 'Cannot dispose held: stuck. Handle the errors in their disposers.' },
    })
  })
})

describe.each(forms)('settle, $codegen', (form) => {
  /** A plan over two transactions that log. */
  function transactions(commit: (name: string) => unknown = () => undefined) {
    const log: string[] = []
    const tx = (name: string) =>
      request(() => name, {
        settle: (_, outcome) => {
          log.push(`${name} ${outcome.ok ? 'commit' : 'rollback'}`)
          return outcome.ok ? commit(name) : undefined
        },
        dispose: (_, outcome) => void log.push(`${name} close ${outcome.ok}`),
      })
    const container = createContainer(form)
    const plan = container.plan({ name: 'x', inject: { one: tx('one'), two: tx('two') }, scope: 'request' })
    container.build()
    return { log, opened: plan.open() as Opened }
  }

  test('runs once, latest built first, before anything is disposed', async () => {
    const { log, opened } = transactions()
    opened.settle({ ok: true })
    opened.settle({ ok: false, error: new Error('late') })
    expect(log).toEqual(['two commit', 'one commit'])
    await opened.dispose()
    expect(log).toEqual(['two commit', 'one commit', 'two close true', 'one close true'])
  })

  test('that rejects is the error of the work, and those after it do not commit', async () => {
    const conflict = new Error('conflict')
    const { log, opened } = transactions((name) => (name === 'two' ? Promise.reject(conflict) : undefined))
    await expect(opened.settle({ ok: true })).rejects.toBe(conflict)
    expect(log).toEqual(['two commit', 'one rollback'])
    await opened.dispose()
    expect(log.slice(2)).toEqual(['two close false', 'one close false'])
  })

  test('happens as failed when the end comes first: nothing commits by accident', async () => {
    const { log, opened } = transactions()
    await opened.dispose()
    expect(log).toEqual(['two rollback', 'one rollback', 'two close false', 'one close false'])
  })

  test('takes the outcome of dispose when there was none before', async () => {
    const { log, opened } = transactions()
    await opened.dispose({ ok: true })
    expect(log).toEqual(['two commit', 'one commit', 'two close true', 'one close true'])
  })

  test('is waited for when dispose comes while it runs', async () => {
    const gate = deferred()
    const { log, opened } = transactions(() => gate.promise)
    const settled = opened.settle({ ok: true })
    const disposed = opened.dispose()
    expect(log).toEqual(['two commit'])
    gate.resolve()
    await Promise.all([settled, disposed])
    expect(log).toEqual(['two commit', 'one commit', 'two close true', 'one close true'])
  })

  test('several failures are one AggregateError', async () => {
    const log: unknown[] = []
    const bad = (name: string) =>
      task(() => name, {
        settle: () => {
          throw new Error(name)
        },
        dispose: (_, outcome) => void log.push(outcome),
      })
    const container = createContainer(form).build()
    const scope = container.createScope('task')
    scope.get(bad('one'))
    scope.get(bad('two'))
    const error = thrown(() => scope.settle({ ok: true })) as ServicesFailedError
    expect(error).toMatchObject({
      errors: [{ message: 'two' }, { message: 'one' }],
      cause: { message: 'two' },
    })
    await scope.dispose()
    expect(log).toMatchObject([{ ok: false, error: { message: 'two' } }, { ok: false }])
  })
})

describe('a container', () => {
  test('disposes its singletons in reverse, with await using', async () => {
    const log: string[] = []
    const a = singleton(() => 'a', { dispose: () => void log.push('a') })
    const b = singleton({ a }, async ({ a }) => `${a}b`, { dispose: async () => void log.push('b') })
    {
      await using container = createContainer().build()
      expect(await container.resolve(b)).toBe('ab')
    }
    expect(log).toEqual(['b', 'a'])
  })

  test('disposes a value only when it was told how, and after all that could use it', async () => {
    const log: string[] = []
    const given = { [Symbol.dispose]: () => void log.push('never') }
    const [Mine, Yours] = [token<typeof given>('Mine'), token<typeof given>('Yours')]
    const user = singleton({ Yours }, () => 1, { dispose: () => void log.push('user') })
    const container = createContainer()
      .register(Mine, { value: given })
      .register(Yours, { value: given, dispose: () => void log.push('yours') })
      .build()
    container.get(Mine)
    container.get(user)
    await container.dispose()
    expect(log).toEqual(['user', 'yours'])
  })

  test('waits for what is under way and disposes it too', async () => {
    const log: string[] = []
    const gate = deferred()
    const slow = singleton(() => gate.promise.then(() => 'slow'), {
      dispose: () => void log.push('disposed'),
    })
    const after = singleton({ slow }, () => void log.push('never built'))
    const container = createContainer().build()
    const building = container.resolve(after)
    const disposing = container.dispose()
    gate.resolve()
    await expect(building).rejects.toMatchObject({ code: 'MYFY_DI_DISPOSED' })
    await disposing
    expect(log).toEqual(['disposed'])
  })

  test('keeps no transient that was asked for by hand, and disposes one that was injected', async () => {
    const log: string[] = []
    let count = 0
    const part = transient(() => ++count, { dispose: (n) => void log.push(`part ${n}`) })
    const whole = singleton({ part }, ({ part }) => part)
    const container = createContainer().build()
    expect([container.get(part), container.get(whole), container.get(part)]).toEqual([1, 2, 3])
    await container.dispose()
    expect(log).toEqual(['part 2'])
  })

  test('disposes with the scope what the scope was asked for', async () => {
    const log: string[] = []
    const part = transient(() => 1, { dispose: () => void log.push('part') })
    const container = createContainer().build()
    {
      await using scope = container.createScope('request')
      scope.get(part)
      scope.get(part)
    }
    expect(log).toEqual(['part', 'part'])
  })
})

test('an opening with a handle to a scoped service builds it on demand and ends it', async () => {
  const log: string[] = []
  const Id = seed<number>('request', 'Id')
  const tx = request({ id: Id }, ({ id }) => `tx ${id}`, { dispose: (tx) => void log.push(`end ${tx}`) })
  const user = request({ tx: lazy(tx), hint: optional(Id) }, ({ tx }) => ({ read: () => tx.value }))
  const container = createContainer()
  const plan = container.plan({ name: 'x', inject: { user }, scope: 'request', seeds: [Id] })
  container.build()
  await plan.prepare()
  const idle = await plan.open(1)
  await idle.dispose({ ok: true })
  expect(log).toEqual([])
  const busy = await plan.open(2)
  expect(busy.values.user.read()).toBe('tx 2')
  await busy.dispose({ ok: true })
  expect(log).toEqual(['end tx 2'])
  expect(thrown(() => busy.values.user.read())).toMatchObject({ code: 'MYFY_DI_DISPOSED' })
})
