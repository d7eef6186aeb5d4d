import {
  AsyncProviderError,
  all,
  CircularDependencyError,
  ContainerStateError,
  createContainer,
  DuplicateProviderError,
  GraphError,
  InvalidProviderError,
  lazy,
  MissingProviderError,
  MyfyError,
  optional,
  ProviderFailedError,
  request,
  ScopeError,
  seed,
  singleton,
  type Token,
  task,
  token,
  transient,
} from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { setRegistrar } from '../src/reuse.ts'
import { problems, thrown } from './support.ts'

class Session {}
class UserService {
  constructor(session: unknown) {
    void session
  }
}
class UserController {
  constructor(service: unknown) {
    void service
  }
}

describe('a missing provider', () => {
  test('is told with the path, who needs it, and how to register it', () => {
    const container = createContainer()
      .register(UserController, { inject: [UserService] })
      .register(UserService, { inject: [Session] })
    const [problem, ...others] = problems(() => container.build())
    expect(others).toEqual([])
    expect(problem).toBeInstanceOf(MissingProviderError)
    expect(problem).toMatchObject({
      code: 'MYFY_DI_MISSING_PROVIDER',
      name: 'MissingProviderError',
      path: ['UserController', 'UserService', 'Session'],
    })
    expect(problem!.message).toBe(
      [
        'Cannot build UserService: it depends on Session, but no provider is registered for it.',
        '  UserController → UserService → Session',
        '  Register it: container.register(Session, …).',
      ].join('\n'),
    )
  })

  test('suggests the name that is nearest', () => {
    const Mailer = token<string>('Mailer')
    const container = createContainer()
      .register(token<string>('Mailers'), { value: '' })
      .register(UserService, { inject: [Mailer] })
    expect(problems(() => container.build())[0]!.message).toContain('Did you mean Mailers?')
  })

  test('suggests the name that is nearest with the module that registers it', () => {
    const container = createContainer()
    setRegistrar(container, 'mail')
    container.register(token<string>('Mailers'), { value: '' })
    setRegistrar(container, undefined)
    container.register(UserService, { inject: [token<string>('Mailer')] })
    expect(problems(() => container.build())[0]!.message).toContain('Did you mean Mailers (in mail)?')
  })

  test('of a name that is registered points at a file loaded twice', () => {
    const container = createContainer()
      .register(token<string>('Mailer'), { value: '' })
      .register(UserService, { inject: [token<string>('Mailer')] })
    expect(problems(() => container.build())[0]!.message).toContain(
      'Another token named Mailer is registered. Check whether the file that defines Mailer is loaded twice.',
    )
  })

  test('that has many providers points at all()', () => {
    const Plugin = token<string>('Plugin')
    const container = createContainer()
      .registerMany(Plugin, { value: 'a' })
      .register(UserService, { inject: [Plugin] })
    expect(problems(() => container.build())[0]!.message).toContain(
      'It has several providers: inject all(Plugin).',
    )
  })

  test('that many need is one problem', () => {
    const container = createContainer()
    for (const name of ['A', 'B', 'C', 'D', 'E', 'F']) {
      container.register(token<string>(name), { inject: [Session], factory: () => name })
    }
    const found = problems(() => container.build())
    expect(found).toHaveLength(1)
    expect(found[0]!.message).toContain(
      'Cannot build A: it depends on Session (B, C, D, … too), but no provider is registered for it.',
    )
  })

  test('is told with the entry point that leads to it', () => {
    const container = createContainer().register(UserController, { scope: 'request', inject: [Session] })
    container.plan({ name: 'GET /users/:id', inject: { users: UserController }, scope: 'request' })
    expect(problems(() => container.build())[0]).toMatchObject({
      path: ['GET /users/:id', 'UserController (request)', 'Session'],
    })
  })

  test('is told by get, for a token nobody ever mentioned', () => {
    const error = thrown(() => createContainer().build().get(Session))
    expect(error).toBeInstanceOf(MissingProviderError)
    expect(error.message).toContain('Cannot get Session: no provider is registered for it.')
  })

  test('behind lazy() is missing as well', () => {
    const container = createContainer().register(UserService, { inject: [lazy(Session)] })
    expect(problems(() => container.build())[0]).toMatchObject({ code: 'MYFY_DI_MISSING_PROVIDER' })
  })
})

describe('an undefined token', () => {
  const lost = undefined as unknown as typeof Session

  test('in inject names the place and the circular import behind it', () => {
    const container = createContainer().register(UserService, { inject: [lost] })
    const [problem] = problems(() => container.build())
    expect(problem).toBeInstanceOf(InvalidProviderError)
    expect(problem).toMatchObject({ code: 'MYFY_DI_UNDEFINED_TOKEN', path: ['UserService', 'undefined'] })
    expect(problem!.message).toContain('Cannot build UserService: inject[0] is undefined.')
    expect(problem!.message).toContain('Files that import each other leave an import undefined')
  })

  test('in a record names the key; each place is a problem of its own', () => {
    const container = createContainer()
      .register(token('A'), { inject: { session: lost }, factory: () => 1 })
      .register(token('B'), { inject: { other: lazy(lost) }, factory: () => 1 })
    const found = problems(() => container.build()).map(({ message }) => message.split('\n')[0])
    expect(found).toEqual([
      'Cannot build A: inject.session is undefined.',
      'Cannot build B: inject.other is undefined.',
    ])
  })

  test('is refused by register and get', () => {
    expect(thrown(() => createContainer().register(lost)).message).toContain(
      'Cannot use the token: the token is undefined.',
    )
    expect(thrown(() => createContainer().build().get(lost))).toMatchObject({
      code: 'MYFY_DI_UNDEFINED_TOKEN',
    })
  })
})

test('a circular dependency is told as a circle, once', () => {
  const [A, B, C] = [token<string>('A'), token<string>('B'), token<string>('C')]
  const container = createContainer()
    .register(A, { inject: [B], factory: (b) => b })
    .register(B, { inject: [C], factory: (c) => c })
    .register(C, { inject: [A], factory: (a) => a })
  const found = problems(() => container.build())
  expect(found).toHaveLength(1)
  expect(found[0]).toBeInstanceOf(CircularDependencyError)
  expect(found[0]).toMatchObject({ code: 'MYFY_DI_CIRCULAR_DEPENDENCY', path: ['A', 'B', 'C', 'A'] })
  expect(found[0]!.message).toContain('A → B → C → A')
  expect(found[0]!.message).toContain('inject lazy(…) on one side')
})

describe('a captive dependency', () => {
  test('is told with the scopes in the path and the remedy', () => {
    const container = createContainer()
      .register(UserController, { inject: [UserService] })
      .register(UserService, { inject: [Session] })
      .register(Session, { scope: 'request' })
    const [problem] = problems(() => container.build())
    expect(problem).toBeInstanceOf(ScopeError)
    expect(problem).toMatchObject({
      code: 'MYFY_DI_SCOPE',
      path: ['UserController', 'UserService', 'Session (request)'],
    })
    expect(problem!.message).toBe(
      [
        'Cannot build UserService: it is a singleton, but depends on Session, which lives in a request scope.',
        '  UserController → UserService → Session (request)',
        '  Make UserService request-scoped, or pass Session to its methods.',
      ].join('\n'),
    )
  })

  test('is found through transients, lazy and all', () => {
    const session = request(Session)
    const through = transient({ session }, ({ session }) => session, { name: 'through' })
    const Many = token<Session>('Many')
    const container = createContainer()
      .register(token('A'), { inject: [through as Token<Session>], factory: () => 1 })
      .register(token('B'), { inject: [lazy(session as Token<Session>)], factory: () => 1 })
      .register(token('C'), { inject: [all(Many)], factory: () => 1 })
      .registerMany(Many, { scope: 'task', factory: () => new Session() })
    expect(problems(() => container.build()).map((problem) => (problem as ScopeError).path)).toEqual([
      ['A', 'through (transient)', 'Session (request)'],
      ['B', 'lazy Session (transient)', 'Session (request)'],
      ['C', 'all Many (transient)', 'Many (task)'],
    ])
  })

  test('between request and task is told as such', () => {
    const job = task(() => 1, { name: 'job' })
    const container = createContainer().register(Session, {
      scope: 'request',
      inject: [job as Token<number>],
      factory: () => new Session(),
    })
    const [problem] = problems(() => container.build())
    expect(problem!.message).toContain(
      'Cannot build Session: it lives in a request scope, but depends on job, which lives in a task scope.',
    )
    expect(problem!.message).toContain('A request scope and a task scope do not share services')
  })

  test('of an entry point names the scope it opens', () => {
    const container = createContainer().register(Session, { scope: 'request' })
    container.plan({ name: 'startup', inject: [Session] })
    const [problem] = problems(() => container.build())
    expect(problem!.message).toContain('Cannot build startup: it opens no scope, but depends on Session')
    expect(problem!.message).toContain("Open it with scope: 'request'.")
  })

  test('a transient that needs both short scopes can live nowhere', () => {
    const both = transient([request(Session), task(() => 1)], () => 1, { name: 'both' })
    const container = createContainer().register(both)
    const [problem] = problems(() => container.build())
    expect(problem).toMatchObject({ code: 'MYFY_DI_SCOPE', path: ['both (transient)'] })
    expect(problem!.message).toContain(
      'it depends on a request scope and on a task scope, which are never open together.',
    )
  })

  test('is told when a scoped service is asked of the container, or of the wrong scope', () => {
    const container = createContainer().register(Session, { scope: 'request' }).build()
    expect(thrown(() => container.get(Session)).message).toContain(
      "Cannot get Session from the container: it lives in a request scope.\n  Session (request)\n  Get it from container.createScope('request').",
    )
    expect(thrown(() => container.createScope('task').get(Session)).message).toContain('from a task scope')
  })
})

describe('a seed that is not given', () => {
  const UserId = seed<number>('request', 'UserId')
  const user = request({ id: UserId }, ({ id }) => id, { name: 'user' })

  test('is a problem of the plan', () => {
    const container = createContainer()
    container.plan({ name: 'GET /me', inject: { user }, scope: 'request' })
    const [problem] = problems(() => container.build())
    expect(problem).toMatchObject({
      code: 'MYFY_DI_MISSING_SEED',
      path: ['GET /me', 'user (request)', 'UserId (request)'],
    })
    expect(problem!.message).toContain(
      'Cannot build GET /me: the request scope is opened without a value for UserId.',
    )
    expect(problem!.message).toContain('Open the scope with UserId.of(…), or inject optional(UserId).')
  })

  test('is told by a scope when it is asked for', () => {
    const scope = createContainer().build().createScope('request')
    expect(thrown(() => scope.get(user))).toMatchObject({ code: 'MYFY_DI_MISSING_SEED' })
    expect(scope.get(optional(UserId))).toBe(undefined)
  })

  test('of another scope is refused', () => {
    const container = createContainer().build()
    expect(thrown(() => container.createScope('task', [UserId.of(1)])).message).toContain(
      'Cannot open a task scope: UserId is a seed of request scopes.',
    )
  })
})

test('a token registered twice is a problem, unless it is overridden', () => {
  const twice = () => createContainer().register(Session).register(Session)
  const [problem] = problems(() => twice().build())
  expect(problem).toBeInstanceOf(DuplicateProviderError)
  expect(problem!.message).toContain('Cannot register Session: it is registered twice.')
  expect(problem!.message).toContain('use a qualifier, registerMany or override')
  expect(twice().override(Session, { value: new Session() }).build().built).toBe(true)
})

test('a token of another copy of the package is told as such', () => {
  const foreign = { name: 'Mailer', [Symbol.for('@myfy/di')]: true } as never
  const container = createContainer().register(UserService, { inject: [foreign] })
  const [problem] = problems(() => container.build())
  expect(problem).toMatchObject({ code: 'MYFY_DI_TWO_COPIES' })
  expect(problem!.message).toContain('Cannot build UserService: Mailer comes from another copy of @myfy/di.')
  expect(problem!.message).toContain('npm ls @myfy/di')
})

describe('the error of a service without a name', () => {
  class Clock {
    static name() {
      return 'not the name of the class'
    }
    now = 1
  }

  test('names a class whose static `name` is a method as its source does', () => {
    const stray = transient({ clock: Clock as never, session: Session }, () => 1, { name: 'stray' })
    const clock = singleton(Clock)
    expect(clock.name).toBe('Clock')
    const [problem] = problems(() => createContainer().register(stray).build())
    expect(problem!.message).toContain('it depends on Clock, but no provider is registered')
    expect(createContainer().register(Clock).build().get(Clock).now).toBe(1)
    expect(singleton(class {}).name).toBe('')
  })

  test('says where a provider value was made', () => {
    const [unnamed] = [singleton(() => 1)]
    const container = createContainer().build()
    expect(thrown(() => container.register(unnamed!)).message).toMatch(
      /^Cannot register the singleton of errors\.test\.ts:\d+:\d+: the container is built/,
    )
  })

  test('says which marker of another copy it is', () => {
    const container = createContainer()
    const foreign = Object.assign(Object.create({ toString: () => 'optional(Mailer)' }), {
      [Symbol.for('@myfy/di')]: true,
    })
    expect(thrown(() => container.register(foreign)).message).toContain(
      'optional(Mailer) comes from another copy',
    )
    expect(String(optional(Session))).toBe('optional(Session)')
    expect(String(lazy(() => Session))).toBe('lazy(Session)')
    expect(thrown(() => container.register({} as never, 1 as never)).message).toContain(
      'an object without a name',
    )
  })
})

test('a registration that cannot work is a problem', () => {
  const Mailer = token<string>('Mailer')
  const container = createContainer()
    .register(Mailer as never)
    .register(Session, { settle: (() => {}) as never })
  expect(problems(() => container.build()).map(({ message }) => message.split('\n')[0])).toEqual([
    'Cannot build Mailer: it has no class or factory.',
    'Cannot build Session: settle needs an outcome, and a singleton has none.',
  ])
})

test('five different faults are five problems of one error', () => {
  const lost = undefined as unknown as typeof Session
  const job = task(() => 1, { name: 'job' })
  const container = createContainer()
    .register(token('missing'), { inject: [token('Nobody')], factory: () => 1 })
    .register(token('captive'), { inject: [job as Token<number>], factory: () => 1 })
    .register(token('undefined'), { inject: [lost], factory: () => 1 })
    .register(Session)
    .register(Session)
  const [A, B] = [token('A'), token('B')]
  container.register(A, { inject: [B], factory: () => 1 }).register(B, { inject: [A], factory: () => 1 })
  const error = thrown(() => container.build()) as GraphError
  expect(error).toBeInstanceOf(GraphError)
  expect(error).toMatchObject({ code: 'MYFY_DI_INVALID_GRAPH', name: 'GraphError' })
  expect(error.problems.map(({ code }) => code).sort()).toEqual([
    'MYFY_DI_CIRCULAR_DEPENDENCY',
    'MYFY_DI_DUPLICATE_PROVIDER',
    'MYFY_DI_MISSING_PROVIDER',
    'MYFY_DI_SCOPE',
    'MYFY_DI_UNDEFINED_TOKEN',
  ])
  expect(error.problems.every((problem) => problem instanceof MyfyError)).toBe(true)
  expect(error.message).toMatch(/^Cannot build the container: 5 problems in the graph\.\n1\. /)
  for (const problem of error.problems) expect(error.message).toContain(problem.message.split('\n')[0])
})

test('a factory that throws is told with its path and keeps the cause', () => {
  const boom = new Error('no connection')
  const db = singleton(
    (): string => {
      throw boom
    },
    { name: 'db' },
  )
  const repo = singleton({ db }, ({ db }) => db, { name: 'repo' })
  const error = thrown(() => createContainer().build().get(repo))
  expect(error).toBeInstanceOf(ProviderFailedError)
  expect(error).toMatchObject({ code: 'MYFY_DI_PROVIDER_FAILED', path: ['repo', 'db'], cause: boom })
  expect(error.message).toContain('Cannot build db: its factory threw Error: no connection.\n  repo → db')
})

test('get of a service that has to be awaited says so', async () => {
  const db = singleton(async () => 'db', { name: 'db' })
  const repo = singleton({ db }, ({ db }) => db, { name: 'repo' })
  const container = createContainer().build()
  const error = thrown(() => container.get(repo))
  expect(error).toBeInstanceOf(AsyncProviderError)
  expect(error).toMatchObject({ code: 'MYFY_DI_ASYNC_PROVIDER', path: ['repo', 'db'] })
  expect(error.message).toContain('Await resolve(…), or prepare() of the plan, first.')
  expect(await container.resolve(repo)).toBe('db')
  expect(container.get(repo)).toBe('db')
})

test('an error is called as its class, also when a bundler has renamed it', () => {
  class _BundledError extends MyfyError {}
  expect(new _BundledError('X', 'x').name).toBe('BundledError')
  expect(new MyfyError('X', 'x').name).toBe('MyfyError')
})

test('the state of the container is told by code', async () => {
  const container = createContainer().register(Session)
  const plan = container.plan({ name: 'start', inject: [Session] })
  for (const early of [
    () => container.get(Session),
    () => container.createScope('request'),
    () => plan.open(),
  ]) {
    expect(thrown(early)).toMatchObject({ code: 'MYFY_DI_NOT_BUILT' })
  }
  container.build().build()
  const late = thrown(() => container.register(UserService, { inject: [Session] }))
  expect(late).toBeInstanceOf(ContainerStateError)
  expect(late).toMatchObject({ code: 'MYFY_DI_ALREADY_BUILT' })
  expect(late.message).toContain(
    'Cannot register UserService: the container is built. Call register before build()',
  )
  const scope = container.createScope('request')
  expect(plan.open()).toBe(plan.open())
  await scope.dispose()
  expect(thrown(() => scope.get(Session)).message).toBe(
    'Cannot use the request scope: it is disposed. Request services before it ends.',
  )
  await container.dispose()
  for (const use of [
    () => container.get(Session),
    () => container.createScope('request'),
    () => plan.open(),
    () => container.plan({ name: 'x', inject: [] }),
  ]) {
    expect(thrown(use)).toMatchObject({ code: 'MYFY_DI_DISPOSED' })
  }
  await expect(plan.prepare()).rejects.toMatchObject({ code: 'MYFY_DI_DISPOSED' })
})

test('what a constructor asks of a lazy handle while it is being built is a circle', () => {
  const [A, B] = [token<string>('A'), token<string>('B')]
  const container = createContainer()
    .register(A, { inject: [B], factory: (b) => b })
    .register(B, { inject: [lazy(A)], factory: (a) => a.value })
    .build()
  expect(thrown(() => container.get(A)).cause).toMatchObject({
    code: 'MYFY_DI_CIRCULAR_DEPENDENCY',
    path: ['A', 'A'],
  })
})

describe('what the types refuse and JavaScript lets through', () => {
  class Clock {}
  const Url = token<string>('Url')
  // biome-ignore lint/suspicious/noExplicitAny: it is about what no type has seen
  const untyped = () => createContainer() as any
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const provide = singleton as any
  const factory = () => 'service'

  test.each<[what: string, call: () => unknown, words: string]>([
    ['null', () => untyped().register(Clock, null), 'Cannot use the registration of Clock: it is null.'],
    [
      'a class',
      () => untyped().override(Clock, class Fake {}),
      'Cannot use the registration of Clock: it is of type function.',
    ],
    [
      'a token',
      () => untyped().register(Clock, Url),
      'Cannot use the registration of Clock: it is of type object.',
    ],
    [
      'the value itself',
      () => untyped().register(Url, 'hunter2'),
      'Cannot use the registration of Url: it is of type string.',
    ],
    [
      'inject: null',
      () => untyped().register(Url, { inject: null, factory }),
      'Cannot use the inject of Url: it is null.',
    ],
    [
      'a class as inject',
      () => untyped().register(Url, { inject: Clock, factory }),
      'Cannot use the inject of Url: it is of type function.',
    ],
    [
      'a number as inject',
      () => provide(3, factory),
      'Cannot use the inject of factory: it is of type number.',
    ],
    ['no factory', () => provide({}), 'Cannot use the factory of a singleton: it is of type undefined.'],
    ['nothing', () => provide(), 'Cannot use the factory of a singleton: it is of type undefined.'],
    [
      'a plan that injects nothing',
      () => untyped().plan({ name: 'GET /' }),
      'Cannot use the inject of GET /: it is of type undefined.',
    ],
    [
      'one seed for a list',
      () => untyped().plan({ name: 'GET /', inject: [], seeds: seed('request', 'Id') }),
      'Cannot use the seeds of GET /: it is of type object.',
    ],
    [
      'a class for a seed',
      () => untyped().plan({ name: 'GET /', inject: [], seeds: [Clock] }),
      'Cannot use the seeds of GET /: it is of type object.',
    ],
    [
      'a value for a seed',
      () => untyped().build().createScope('request', [3]),
      'Cannot use the seeds of a request scope: it is of type number.',
    ],
  ])('%s is refused where it is said, and not told', (_, call, words) => {
    const error = thrown(call)
    expect(error).toBeInstanceOf(InvalidProviderError)
    expect(error).toMatchObject({ code: 'MYFY_DI_INVALID_PROVIDER' })
    expect(String(error)).toContain(words)
    expect(String(error)).not.toContain('hunter2')
  })

  test('what was refused was not registered', () => {
    const container = untyped()
    thrown(() => container.register(Clock, null))
    thrown(() => container.plan({ name: 'GET /', inject: [Clock], seeds: [3] }))
    expect(container.has(Clock)).toBe(false)
    expect(container.build().graph()).toEqual({ nodes: [], edges: [] })
  })

  test('a scope that there is not, an end that cannot be called and a number as a token are faults of the graph', () => {
    const container = untyped()
      .register(Url, { scope: 'requst', factory })
      .register(Clock, { dispose: 'close' })
      .register(Session, { scope: 'request', settle: true })
      .register(UserService, { inject: [1] })
    container.plan({ name: 'GET /', inject: [Clock], scope: 'reqest' })
    expect(problems(() => container.build()).map(({ message }) => message.split('\n')[0])).toEqual([
      "Cannot build GET /: 'reqest' is not a scope.",
      'Cannot build Clock: dispose is not a function.',
      "Cannot build Url: 'requst' is not a scope.",
      'Cannot build Session: settle is not a function.',
      'Cannot build UserService: it depends on 1, but no provider is registered for it.',
    ])
  })

  test('a scope that there is not cannot be opened', () => {
    const error = thrown(() => untyped().build().createScope('requst'))
    expect(error).toBeInstanceOf(ScopeError)
    expect(String(error)).toContain("Cannot open a scope: 'requst' is not a kind of scope.")
  })
})
