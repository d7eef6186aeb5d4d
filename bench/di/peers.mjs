// Each peer as documented. A peer is { name, run(req) → controller, singleton?(), async? }.
import { fixture } from './fixture.mjs'

const filled = (bind, { fillers }) => {
  for (const filler of fillers) bind(filler)
}

/**
 * Adds the metadata that the compiler plugin of deepkit would add to a class: the packed types of the constructor
 * parameters.
 */
export function annotate(target, ...types) {
  const args = types.flatMap((type, i) => [() => type, `p${i}`])
  const at = (i) => String.fromCharCode(33 + i)
  const parameters = types.map((_, i) => `P7${at(2 * i)}2${at(2 * i + 1)}`).join('')
  const method = types.length ? `P${parameters}"0${at(args.length)}` : ''
  target.__type = [...args, 'constructor', target.name, `P${method}5w${at(args.length + 1)}`]
}

export const peers = {
  'hand-written': async () => {
    const { Pool, Repo, Service, Controller } = fixture()
    const pool = new Pool()
    return { run: (req) => new Controller(new Service(new Repo(pool, req))), singleton: () => pool }
  },
  'hand-written closures': async () => {
    const { Pool, Repo, Service, Controller } = fixture()
    const pool = new Pool()
    const repo = (scope) => (scope.repo ??= new Repo(pool, scope.req))
    const service = (scope) => (scope.service ??= new Service(repo(scope)))
    const controller = (scope) => (scope.controller ??= new Controller(service(scope)))
    return { run: (req) => controller({ req, repo: undefined, service: undefined, controller: undefined }) }
  },
  'myfy (tuple)': () => myfy({ codegen: true }),
  'myfy (record)': () => myfyRecord({ codegen: true }),
  'myfy (tuple), no codegen': () => myfy({ codegen: false }),
  'myfy (record), no codegen': () => myfyRecord({ codegen: false }),
  'myfy scope.get': async () => {
    const { container, Controller, Req, Pool } = await myfyContainer({})
    container.build()
    return {
      run: (req) => container.createScope('request', [Req.of(req)]).get(Controller),
      singleton: () => container.get(Pool),
    }
  },
  deepkit: async () => {
    const { InjectorContext } = await import('@deepkit/injector')
    const all = fixture()
    const { Pool, Repo, Service, Controller } = all
    class Req {}
    annotate(Pool)
    annotate(Req)
    annotate(Repo, Pool, Req)
    annotate(Service, Repo)
    annotate(Controller, Service)
    filled((filler) => annotate(filler, Pool), all)
    const root = InjectorContext.forProviders([
      Pool,
      ...[Req, Repo, Service, Controller, ...all.fillers].map((provide) => ({ provide, scope: 'http' })),
    ])
    return {
      run: (req) => {
        const scope = root.createChildScope('http')
        scope.set(Req, req)
        return scope.get(Controller)
      },
      singleton: () => root.get(Pool),
    }
  },
  InferDI: async () => {
    const { Container } = await import('@inferdi/inferdi')
    const all = fixture()
    const { Pool, Repo, Service, Controller } = all
    const root = new Container().registerClass('pool', Pool, [])
    root.registerValue('req', undefined)
    filled((filler) => root.registerClass(`f${all.fillers.indexOf(filler)}`, filler, ['pool'], 'scoped'), all)
    root.registerClass('repo', Repo, ['pool', 'req'], 'scoped')
    root
      .registerClass('service', Service, ['repo'], 'scoped')
      .registerClass('controller', Controller, ['service'], 'scoped')
    return {
      run: (req) => root.createScope().registerValue('req', req).get('controller'),
      singleton: () => root.get('pool'),
    }
  },
  awilix: async () => {
    const { asClass, asValue, createContainer } = await import('awilix')
    const all = fixture()
    const root = createContainer({ injectionMode: 'CLASSIC' })
    root.register({
      pool: asClass(all.Pool).singleton(),
      repo: asClass(all.Repo).scoped(),
      service: asClass(all.Service).scoped(),
      controller: asClass(all.Controller).scoped(),
    })
    filled((filler) => root.register(`f${all.fillers.indexOf(filler)}`, asClass(filler).scoped()), all)
    return {
      run: (req) => {
        const scope = root.createScope()
        scope.register('req', asValue(req))
        return scope.resolve('controller')
      },
      singleton: () => root.resolve('pool'),
    }
  },
  tsyringe: async () => {
    await import('reflect-metadata')
    const { container, inject, injectable, Lifecycle } = await import('tsyringe')
    const all = fixture()
    const { Pool, Repo, Service, Controller } = all
    const declare = (target, ...types) => {
      Reflect.defineMetadata('design:paramtypes', types, target)
      injectable()(target)
    }
    inject('req')(Repo, undefined, 1)
    declare(Pool)
    declare(Repo, Pool, Object)
    declare(Service, Repo)
    declare(Controller, Service)
    const root = container.createChildContainer()
    root.registerSingleton(Pool)
    filled((filler) => {
      declare(filler, Pool)
      root.register(filler, { useClass: filler }, { lifecycle: Lifecycle.ContainerScoped })
    }, all)
    for (const target of [Repo, Service, Controller]) {
      root.register(target, { useClass: target }, { lifecycle: Lifecycle.ContainerScoped })
    }
    return {
      run: (req) => {
        const scope = root.createChildContainer()
        scope.registerInstance('req', req)
        return scope.resolve(Controller)
      },
      singleton: () => root.resolve(Pool),
    }
  },
  'typed-inject': async () => {
    const { createInjector } = await import('typed-inject')
    const { Pool, Repo, Service, Controller } = fixture()
    Object.assign(Repo, { inject: ['pool', 'req'] })
    Object.assign(Service, { inject: ['repo'] })
    Object.assign(Controller, { inject: ['service'] })
    const root = createInjector().provideClass('pool', Pool)
    root.resolve('pool')
    return {
      run: (req) =>
        root
          .provideValue('req', req)
          .provideClass('repo', Repo)
          .provideClass('service', Service)
          .injectClass(Controller),
      singleton: () => root.resolve('pool'),
    }
  },
  inversify: async () => {
    await import('reflect-metadata')
    const { Container, inject, injectable } = await import('inversify')
    const all = fixture()
    const { Pool, Repo, Service, Controller } = all
    const declare = (target, ...tokens) => {
      injectable()(target)
      for (const [i, token] of tokens.entries()) inject(token)(target, undefined, i)
    }
    declare(Pool)
    declare(Repo, Pool, 'req')
    declare(Service, Repo)
    declare(Controller, Service)
    const root = new Container()
    root.bind(Pool).toSelf().inSingletonScope()
    filled((filler) => {
      declare(filler, Pool)
      root.bind(filler).toSelf().inRequestScope()
    }, all)
    return {
      run: (req) => {
        const scope = new Container({ parent: root })
        scope.bind('req').toConstantValue(req)
        for (const target of [Repo, Service, Controller]) scope.bind(target).toSelf().inRequestScope()
        return scope.get(Controller)
      },
      singleton: () => root.get(Pool),
    }
  },
  'needle-di': async () => {
    const { Container, InjectionToken } = await import('@needle-di/core')
    const all = fixture()
    const { Pool, Repo, Service, Controller } = all
    const Req = new InjectionToken('Req')
    const root = new Container()
    root.bind(Pool)
    filled((filler) => root.bind({ provide: filler, useFactory: (c) => new filler(c.get(Pool)) }), all)
    return {
      run: (req) => {
        const scope = root.createChild()
        scope.bind({ provide: Req, useValue: req })
        scope.bind({ provide: Repo, useFactory: (c) => new Repo(c.get(Pool), c.get(Req)) })
        scope.bind({ provide: Service, useFactory: (c) => new Service(c.get(Repo)) })
        scope.bind({ provide: Controller, useFactory: (c) => new Controller(c.get(Service)) })
        return scope.get(Controller)
      },
      singleton: () => root.get(Pool),
    }
  },
  Effect: async () => {
    const { Context, Effect } = await import('effect')
    const { Pool, Repo, Service, Controller } = fixture()
    const tag = (name) => Context.GenericTag(name)
    const [pool, request] = ['pool', 'request'].map(tag)
    const shared = new Pool()
    const repos = Effect.zipWith(pool, request, (p, r) => new Repo(p, r))
    const services = Effect.map(repos, (r) => new Service(r))
    const controllers = Effect.map(services, (s) => new Controller(s))
    return {
      run: (req) =>
        Effect.runSync(Effect.provideService(Effect.provideService(controllers, request, req), pool, shared)),
    }
  },
  NestJS: async () => {
    await import('reflect-metadata')
    const { Module, Scope } = await import('@nestjs/common')
    const { ContextIdFactory, ModuleRef, NestFactory, REQUEST } = await import('@nestjs/core')
    const all = fixture()
    const { Pool, Repo, Service, Controller } = all
    const scoped = (provide, inject) => ({
      provide,
      scope: Scope.REQUEST,
      inject,
      useFactory: (...args) => new provide(...args),
    })
    class App {}
    Module({
      providers: [
        { provide: Pool, useFactory: () => new Pool() },
        scoped(Repo, [Pool, REQUEST]),
        scoped(Service, [Repo]),
        scoped(Controller, [Service]),
        ...all.fillers.map((filler) => scoped(filler, [Pool])),
      ],
    })(App)
    const app = await NestFactory.createApplicationContext(App, { logger: false })
    const modules = app.get(ModuleRef)
    return {
      async: true,
      run: (req) => {
        const id = ContextIdFactory.create()
        modules.registerRequestByContextId(req, id)
        return modules.resolve(Controller, id, { strict: false })
      },
      singleton: () => app.get(Pool),
    }
  },
}

const di = () => import('../../packages/di/dist/index.js')

async function myfyContainer(options) {
  const { createContainer, seed } = await di()
  const all = fixture()
  const { Pool, Repo, Service, Controller } = all
  const Req = seed('request', 'Req')
  const container = createContainer(options)
    .register(Pool)
    .register(Repo, { scope: 'request', inject: [Pool, Req] })
    .register(Service, { scope: 'request', inject: [Repo] })
    .register(Controller, { scope: 'request', inject: [Service] })
  filled((filler) => container.register(filler, { scope: 'request', inject: [Pool] }), all)
  return { container, Req, ...all }
}

async function myfy(options) {
  const { container, Req, Controller, Pool, fillers } = await myfyContainer(options)
  const plan = container.plan({ name: 'GET /', inject: [Controller], scope: 'request', seeds: [Req] })
  const others = fillers.map((filler) =>
    container.plan({ name: filler.name, inject: [filler], scope: 'request' }),
  )
  container.build()
  await plan.prepare()
  for (const other of others) for (let i = 0; i < 300; i++) other.open()
  return {
    run: (req) => {
      const opened = plan.open(req)
      if (opened.disposable) opened.dispose()
      return opened.values[0]
    },
    singleton: () => container.get(Pool),
  }
}

async function myfyRecord(options) {
  const { createContainer, request, seed, singleton } = await di()
  const { Pool, Repo, Service, Controller } = fixture()
  const Req = seed('request', 'Req')
  const pool = singleton(Pool)
  const repo = request({ pool, req: Req }, ({ pool, req }) => new Repo(pool, req))
  const service = request({ repo }, ({ repo }) => new Service(repo))
  const controller = request({ service }, ({ service }) => new Controller(service))
  const container = createContainer(options)
  const plan = container.plan({ name: 'GET /', inject: { controller }, scope: 'request', seeds: [Req] })
  container.build()
  await plan.prepare()
  return {
    run: (req) => {
      const opened = plan.open(req)
      if (opened.disposable) opened.dispose()
      return opened.values.controller
    },
    singleton: () => container.get(pool),
  }
}
