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
  task,
  token,
  transient,
} from '@myfy/di'
import { describe, expect, test } from 'vitest'
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
      code: 'DI_MISSING_PROVIDER',
      name: 'MissingProviderError',
      path: ['UserController', 'UserService', 'Session'],
    })
    expect(problem!.message).toBe(
      [
        'UserService needs Session, which nobody provides.',
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

  test('of a name that is registered points at a file loaded twice', () => {
    const container = createContainer()
      .register(token<string>('Mailer'), { value: '' })
      .register(UserService, { inject: [token<string>('Mailer')] })
    expect(problems(() => container.build())[0]!.message).toContain(
      'Another token of that name is registered: is the file that defines Mailer loaded twice?',
    )
  })

  test('that has many providers points at all()', () => {
    const Plugin = token<string>('Plugin')
    const container = createContainer()
      .registerMany(Plugin, { value: 'a' })
      .register(UserService, { inject: [Plugin] })
    expect(problems(() => container.build())[0]!.message).toContain(
      'It has many providers: inject all(Plugin).',
    )
  })

  test('that many need is one problem', () => {
    const container = createContainer()
    for (const name of ['A', 'B', 'C', 'D', 'E', 'F']) {
      container.register(token<string>(name), { inject: [Session], factory: () => name })
    }
    const found = problems(() => container.build())
    expect(found).toHaveLength(1)
    expect(found[0]!.message).toContain('A (and B, C, D …) needs Session, which nobody provides.')
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
    expect(error.message).toContain('Asked for Session, which nobody provides.')
  })

  test('behind lazy() is missing as well', () => {
    const container = createContainer().register(UserService, { inject: [lazy(Session)] })
    expect(problems(() => container.build())[0]).toMatchObject({ code: 'DI_MISSING_PROVIDER' })
  })
})

describe('an undefined token', () => {
  const lost = undefined as unknown as typeof Session

  test('in inject names the place and the circular import behind it', () => {
    const container = createContainer().register(UserService, { inject: [lost] })
    const [problem] = problems(() => container.build())
    expect(problem).toBeInstanceOf(InvalidProviderError)
    expect(problem).toMatchObject({ code: 'DI_UNDEFINED_TOKEN', path: ['UserService', 'undefined'] })
    expect(problem!.message).toContain('inject[0] of UserService is undefined.')
    expect(problem!.message).toContain('Files that import each other leave an import undefined')
  })

  test('in a record names the key; each place is a problem of its own', () => {
    const container = createContainer()
      .register(token('A'), { inject: { session: lost }, factory: () => 1 })
      .register(token('B'), { inject: { other: lazy(lost) }, factory: () => 1 })
    const found = problems(() => container.build()).map(({ message }) => message.split('\n')[0])
    expect(found).toEqual(['inject.session of A is undefined.', 'inject.other of B is undefined.'])
  })

  test('is refused by register and get', () => {
    expect(thrown(() => createContainer().register(lost)).message).toContain('the token is undefined.')
    expect(thrown(() => createContainer().build().get(lost))).toMatchObject({ code: 'DI_UNDEFINED_TOKEN' })
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
  expect(found[0]).toMatchObject({ code: 'DI_CIRCULAR_DEPENDENCY', path: ['A', 'B', 'C', 'A'] })
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
      code: 'DI_SCOPE',
      path: ['UserController', 'UserService', 'Session (request)'],
    })
    expect(problem!.message).toBe(
      [
        'UserService is a singleton and cannot depend on Session, which lives in a request scope.',
        '  UserController → UserService → Session (request)',
        '  Make UserService request-scoped, or hand Session to its methods.',
      ].join('\n'),
    )
  })

  test('is found through transients, lazy and all', () => {
    const session = request(Session)
    const through = transient({ session }, ({ session }) => session, { name: 'through' })
    const Many = token<Session>('Many')
    const container = createContainer()
      .register(token('A'), { inject: [through], factory: () => 1 })
      .register(token('B'), { inject: [lazy(session)], factory: () => 1 })
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
      inject: [job],
      factory: () => new Session(),
    })
    const [problem] = problems(() => container.build())
    expect(problem!.message).toContain(
      'Session is in a request scope and cannot depend on job, which lives in a task scope.',
    )
    expect(problem!.message).toContain('Request and task scopes do not see each other')
  })

  test('of an entry point names the scope it opens', () => {
    const container = createContainer().register(Session, { scope: 'request' })
    container.plan({ name: 'startup', inject: [Session] })
    const [problem] = problems(() => container.build())
    expect(problem!.message).toContain('startup is opened without a scope and cannot depend on Session')
    expect(problem!.message).toContain("Open it with scope: 'request'.")
  })

  test('a transient that needs both short scopes can live nowhere', () => {
    const both = transient([request(Session), task(() => 1)], () => 1, { name: 'both' })
    const container = createContainer().register(both)
    const [problem] = problems(() => container.build())
    expect(problem).toMatchObject({ code: 'DI_SCOPE', path: ['both (transient)'] })
    expect(problem!.message).toContain('both needs a request scope and a task scope at once.')
  })

  test('is told when a scoped service is asked of the container, or of the wrong scope', () => {
    const container = createContainer().register(Session, { scope: 'request' }).build()
    expect(thrown(() => container.get(Session)).message).toContain(
      "Session lives in a request scope and cannot be had from the container.\n  Session (request)\n  Ask container.createScope('request') for it.",
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
      code: 'DI_MISSING_SEED',
      path: ['GET /me', 'user (request)', 'UserId (request)'],
    })
    expect(problem!.message).toContain('UserId is given when a request scope is opened, and here it is not.')
    expect(problem!.message).toContain('Open the scope with UserId.of(…), or inject optional(UserId).')
  })

  test('is told by a scope when it is asked for', () => {
    const scope = createContainer().build().createScope('request')
    expect(thrown(() => scope.get(user))).toMatchObject({ code: 'DI_MISSING_SEED' })
    expect(scope.get(optional(UserId))).toBe(undefined)
  })

  test('of another scope is refused', () => {
    const container = createContainer().build()
    expect(thrown(() => container.createScope('task', [UserId.of(1)])).message).toContain(
      'UserId belongs to a request scope, this is a task scope.',
    )
  })
})

test('a token registered twice is a problem, unless it is overridden', () => {
  const twice = () => createContainer().register(Session).register(Session)
  const [problem] = problems(() => twice().build())
  expect(problem).toBeInstanceOf(DuplicateProviderError)
  expect(problem!.message).toContain('Session is registered twice.')
  expect(problem!.message).toContain('use a qualifier, registerMany, or override')
  expect(twice().override(Session, { value: new Session() }).build().built).toBe(true)
})

test('a token of another copy of the package is told as such', () => {
  const foreign = { name: 'Mailer', [Symbol.for('@myfy/di')]: true } as never
  const container = createContainer().register(UserService, { inject: [foreign] })
  const [problem] = problems(() => container.build())
  expect(problem).toMatchObject({ code: 'DI_TWO_COPIES' })
  expect(problem!.message).toContain('UserService needs Mailer, a token of another copy of @myfy/di.')
  expect(problem!.message).toContain('npm ls @myfy/di')
})

test('a registration that cannot work is a problem', () => {
  const Mailer = token<string>('Mailer')
  const container = createContainer()
    .register(Mailer as never)
    .register(Session, { settle: () => {} })
  expect(problems(() => container.build()).map(({ message }) => message.split('\n')[0])).toEqual([
    'Mailer can neither be constructed nor called.',
    'Session has settle, but a singleton has no outcome.',
  ])
})

test('five different faults are five problems of one error', () => {
  const lost = undefined as unknown as typeof Session
  const job = task(() => 1, { name: 'job' })
  const container = createContainer()
    .register(token('missing'), { inject: [token('Nobody')], factory: () => 1 })
    .register(token('captive'), { inject: [job], factory: () => 1 })
    .register(token('undefined'), { inject: [lost], factory: () => 1 })
    .register(Session)
    .register(Session)
  const [A, B] = [token('A'), token('B')]
  container.register(A, { inject: [B], factory: () => 1 }).register(B, { inject: [A], factory: () => 1 })
  const error = thrown(() => container.build()) as GraphError
  expect(error).toBeInstanceOf(GraphError)
  expect(error).toMatchObject({ code: 'DI_INVALID_GRAPH', name: 'GraphError' })
  expect(error.problems.map(({ code }) => code).sort()).toEqual([
    'DI_CIRCULAR_DEPENDENCY',
    'DI_DUPLICATE_PROVIDER',
    'DI_MISSING_PROVIDER',
    'DI_SCOPE',
    'DI_UNDEFINED_TOKEN',
  ])
  expect(error.problems.every((problem) => problem instanceof MyfyError)).toBe(true)
  expect(error.message).toMatch(/^5 problem\(s\) in the graph:\n1\. /)
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
  expect(error).toMatchObject({ code: 'DI_PROVIDER_FAILED', path: ['repo', 'db'], cause: boom })
  expect(error.message).toContain('db could not be built: Error: no connection\n  repo → db')
})

test('get of a service that has to be awaited says so', async () => {
  const db = singleton(async () => 'db', { name: 'db' })
  const repo = singleton({ db }, ({ db }) => db, { name: 'repo' })
  const container = createContainer().build()
  const error = thrown(() => container.get(repo))
  expect(error).toBeInstanceOf(AsyncProviderError)
  expect(error).toMatchObject({ code: 'DI_ASYNC_PROVIDER', path: ['repo', 'db'] })
  expect(error.message).toContain('Await resolve(…), or prepare() of the plan, before.')
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
    expect(thrown(early)).toMatchObject({ code: 'DI_NOT_BUILT' })
  }
  container.build().build()
  const late = thrown(() => container.register(UserService, { inject: [Session] }))
  expect(late).toBeInstanceOf(ContainerStateError)
  expect(late).toMatchObject({ code: 'DI_ALREADY_BUILT' })
  expect(late.message).toContain('register UserService before build(), in configure()')
  const scope = container.createScope('request')
  expect(plan.open()).toBe(plan.open())
  await scope.dispose()
  expect(thrown(() => scope.get(Session)).message).toBe('The request scope is disposed.')
  await container.dispose()
  for (const use of [
    () => container.get(Session),
    () => container.createScope('request'),
    () => plan.open(),
    () => container.plan({ name: 'x', inject: [] }),
  ]) {
    expect(thrown(use)).toMatchObject({ code: 'DI_DISPOSED' })
  }
  await expect(plan.prepare()).rejects.toMatchObject({ code: 'DI_DISPOSED' })
})

test('what a constructor asks of a lazy handle while it is being built is a circle', () => {
  const [A, B] = [token<string>('A'), token<string>('B')]
  const container = createContainer()
    .register(A, { inject: [B], factory: (b) => b })
    .register(B, { inject: [lazy(A)], factory: (a) => a.value })
    .build()
  expect(thrown(() => container.get(A)).cause).toMatchObject({
    code: 'DI_CIRCULAR_DEPENDENCY',
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
    ['null', () => untyped().register(Clock, null), 'registration of Clock cannot be null.'],
    [
      'a class',
      () => untyped().override(Clock, class Fake {}),
      'registration of Clock cannot be of type function.',
    ],
    ['a token', () => untyped().register(Clock, Url), 'registration of Clock cannot be of type object.'],
    [
      'the value itself',
      () => untyped().register(Url, 'hunter2'),
      'registration of Url cannot be of type string.',
    ],
    [
      'inject: null',
      () => untyped().register(Url, { inject: null, factory }),
      'inject of Url cannot be null.',
    ],
    [
      'a class as inject',
      () => untyped().register(Url, { inject: Clock, factory }),
      'inject of Url cannot be of type function.',
    ],
    ['a number as inject', () => provide(3, factory), 'inject of factory cannot be of type number.'],
    ['no factory', () => provide({}), 'factory of a singleton cannot be of type undefined.'],
    ['nothing', () => provide(), 'factory of a singleton cannot be of type undefined.'],
    [
      'a plan that injects nothing',
      () => untyped().plan({ name: 'GET /' }),
      'inject of GET / cannot be of type undefined.',
    ],
    [
      'one seed for a list',
      () => untyped().plan({ name: 'GET /', inject: [], seeds: seed('request', 'Id') }),
      'seeds of GET / cannot be of type object.',
    ],
    [
      'a class for a seed',
      () => untyped().plan({ name: 'GET /', inject: [], seeds: [Clock] }),
      'seeds of GET / cannot be of type object.',
    ],
    [
      'a value for a seed',
      () => untyped().build().createScope('request', [3]),
      'seeds of a request scope cannot be of type number.',
    ],
  ])('%s is refused where it is said, and not told', (_, call, words) => {
    const error = thrown(call)
    expect(error).toBeInstanceOf(InvalidProviderError)
    expect(error).toMatchObject({ code: 'DI_INVALID_PROVIDER' })
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
      'GET / has the scope reqest, which there is not.',
      'Clock has a dispose or settle that cannot be called.',
      'Url has the scope requst, which there is not.',
      'Session has a dispose or settle that cannot be called.',
      'UserService needs 1, which nobody provides.',
    ])
  })

  test('a scope that there is not cannot be opened', () => {
    const error = thrown(() => untyped().build().createScope('requst'))
    expect(error).toBeInstanceOf(ScopeError)
    expect(String(error)).toContain('There is no requst scope.')
  })
})
