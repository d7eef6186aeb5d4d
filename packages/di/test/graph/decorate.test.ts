// Decorators: what other modules registered, wrapped.
import {
  all,
  type Construction,
  createContainer,
  MissingProviderError,
  request,
  ScopeError,
  singleton,
  type Token,
  token,
} from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { forms, problems } from '../support.ts'

interface Logger {
  log(text: string): string
}
const Logger = token<Logger>('Logger')
const plain: Logger = { log: (text) => text }
const wrap = (mark: string) => (inner: Logger) => ({ log: (text: string) => `${mark}(${inner.log(text)})` })

describe('decorate', () => {
  test('wraps a service in the order of the calls, whenever it is registered', () => {
    const container = createContainer()
      .decorate(Logger, { factory: wrap('a') })
      .register(Logger, { value: plain })
      .decorate(Logger, { factory: wrap('b') })
      .build()
    expect(container.get(Logger).log('x')).toBe('b(a(x))')
  })

  test.each([
    ['a factory', () => createContainer().register(Logger, { factory: () => plain })],
    ['a value', () => createContainer().register(Logger, { value: plain })],
    [
      'an override',
      () =>
        createContainer()
          .register(Logger, { value: wrap('?')(plain) })
          .override(Logger, { value: plain }),
    ],
    ['an asynchronous factory', () => createContainer().register(Logger, { factory: async () => plain })],
  ])('wraps %s', async (_, make) => {
    const container = make()
      .decorate(Logger, { factory: wrap('a') })
      .build()
    expect((await container.resolve(Logger)).log('x')).toBe('a(x)')
  })

  test('wraps a provider value, a class and each provider of a group', () => {
    class Clock {
      now() {
        return 1
      }
    }
    const logger = singleton(() => plain)
    const container = createContainer()
      .register(Clock)
      .registerMany(Logger, { value: plain })
      .registerMany(Logger, { value: wrap('second')(plain) })
      .decorate(logger, { factory: wrap('value') })
      .decorate(Clock, {
        factory: (inner) => Object.assign(Object.create(inner) as Clock, { now: () => inner.now() + 1 }),
      })
      .decorate(Logger, { factory: wrap('group') })
      .build()
    expect(container.get(logger).log('x')).toBe('value(x)')
    expect(container.get(Clock).now()).toBe(2)
    expect(container.get(all(Logger)).map((one) => one.log('x'))).toEqual(['group(x)', 'group(second(x))'])
  })

  test.each(forms)(
    'takes further services, in the scope of the service it wraps ($codegen)',
    async (form) => {
      const Prefix = token<string>('Prefix')
      const logger = request(() => ({ ...plain }))
      const container = createContainer(form)
        .register(Prefix, { value: '> ' })
        .decorate(logger, {
          inject: { prefix: Prefix },
          factory: (inner, { prefix }) => ({ log: (text) => prefix + inner.log(text) }),
        })
        .decorate(logger, {
          inject: [Prefix],
          factory: (inner, prefix) => ({ log: (text) => prefix + inner.log(text) }),
        })
      const plan = container.plan({ name: 'GET /', inject: [logger], scope: 'request' })
      container.build()
      const [first, second] = [await plan.open(), await plan.open()]
      expect(first.values[0].log('x')).toBe('> > x')
      expect(first.values[0]).not.toBe(second.values[0])
    },
  )

  test('disposes the wrapped service, and a decorator that has a disposer of another kind', async () => {
    const log: string[] = []
    const inner = singleton(() => ({ [Symbol.dispose]: () => void log.push('inner') }))
    const container = createContainer()
      .decorate(inner, { factory: (inner) => new Proxy(inner, {}) })
      .decorate(inner, { factory: () => ({ [Symbol.dispose]: () => void log.push('outer') }) })
      .build()
    container.get(inner)
    await container.dispose()
    expect(log).toEqual(['outer', 'inner'])
  })

  test('is verified as the rest of the graph', () => {
    const session = request(() => 'session', { name: 'session' })
    const container = createContainer()
      .register(Logger, { value: plain })
      .decorate(Logger, { inject: [session as Token<string>], factory: (inner) => inner })
      .decorate(token<number>('Missing'), { factory: (inner) => inner })
    const found = problems(() => container.build())
    expect(found[0]).toBeInstanceOf(ScopeError)
    expect(found[1]).toBeInstanceOf(MissingProviderError)
    expect(found[1]!.message).toContain('Cannot decorate Missing: nothing provides it.')
  })
})

test('onConstruct reports each constructor and factory', () => {
  class Clock {}
  const made: Construction[] = []
  const report = singleton({ clock: Clock }, () => 'report', { name: 'report' })
  const container = createContainer({ onConstruct: (construction) => void made.push(construction) })
    .register(Clock)
    .build()
  container.get(report)
  expect(made.map(({ name, service }) => [name, service])).toEqual([
    ['Clock', container.get(Clock)],
    ['report', 'report'],
  ])
  expect(made.every(({ durationMs }) => durationMs >= 0)).toBe(true)
})
