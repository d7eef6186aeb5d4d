// The same graph of many providers for each peer: provider i injects i - 1 and, if it is odd, i >> 1. The time includes
// everything that a peer does before it can return a service. Only myfy verifies the graph; NestJS builds every
// service, deepkit compiles; the others record the registrations. Effect has no such step.
import { annotate } from './peers.mjs'

const tokensOf = (size) => Array.from({ length: size }, () => class {})
const needsOf = (i) => (i ? [i - 1, ...(i % 2 ? [i >> 1] : [])] : [])
const di = () => import('../../packages/di/dist/index.js')

/** For each peer: the preparation (tokens, annotations), and one build of a container. */
export const builds = {
  'myfy (classes)': async (size) => {
    const { Container } = await di()
    const tokens = tokensOf(size)
    const options = tokens.map((_, i) => ({ inject: needsOf(i).map((need) => tokens[need]) }))
    return () => {
      const container = new Container()
      for (let i = 0; i < size; i++) container.register(tokens[i], options[i])
      container.build()
    }
  },
  'myfy (tokens)': async (size) => {
    const { Container, token } = await di()
    const tokens = tokensOf(size).map((_, i) => token(`t${i}`))
    const factory = (...services) => services.length
    const options = tokens.map((_, i) => ({ inject: needsOf(i).map((need) => tokens[need]), factory }))
    return () => {
      const container = new Container()
      for (let i = 0; i < size; i++) container.register(tokens[i], options[i])
      container.build()
    }
  },
  'myfy (provider values)': async (size) => {
    const { Container, singleton } = await di()
    const providers = []
    for (let i = 0; i < size; i++) {
      const [before, half] = needsOf(i).map((need) => providers[need])
      const record = half ? { before, half } : before ? { before } : {}
      providers.push(singleton(record, (services) => services))
    }
    return () => {
      const container = new Container()
      for (const provider of providers) container.register(provider)
      container.build()
    }
  },
  'a plain Map': async (size) => {
    const tokens = tokensOf(size)
    const needs = tokens.map((_, i) => needsOf(i).map((need) => tokens[need]))
    return () => {
      const map = new Map()
      let sum = 0
      for (let i = 0; i < size; i++) map.set(tokens[i], needs[i])
      for (let i = 0; i < size; i++) for (const token of needs[i]) sum += map.get(token).length
      // An unused read would be optimized away.
      return sum
    }
  },
  'reading registrations': async (size) => {
    const { token } = await di()
    const tokens = tokensOf(size).map((_, i) => token(`t${i}`))
    const options = tokens.map((_, i) => ({ inject: needsOf(i).map((need) => tokens[need]) }))
    return () => {
      const entries = []
      let sum = 0
      for (let i = 0; i < size; i++) entries.push({ token: tokens[i], how: options[i] })
      for (const { how } of entries) for (const token of how.inject) sum += token.name.length
      return sum
    }
  },
  deepkit: async (size) => {
    const { InjectorContext } = await import('@deepkit/injector')
    const tokens = tokensOf(size)
    for (const [i, token] of tokens.entries()) annotate(token, ...needsOf(i).map((need) => tokens[need]))
    return () => InjectorContext.forProviders([...tokens]).get(tokens[0])
  },
  InferDI: async (size) => {
    const { Container } = await import('@inferdi/inferdi')
    const tokens = tokensOf(size)
    const needs = tokens.map((_, i) => needsOf(i).map((need) => `t${need}`))
    return () => {
      const container = new Container()
      for (let i = 0; i < size; i++) container.registerClass(`t${i}`, tokens[i], needs[i])
    }
  },
  awilix: async (size) => {
    const { asClass, createContainer } = await import('awilix')
    const tokens = tokensOf(size)
    return () => {
      const container = createContainer({ injectionMode: 'CLASSIC' })
      for (let i = 0; i < size; i++) container.register(`t${i}`, asClass(tokens[i]).singleton())
    }
  },
  tsyringe: async (size) => {
    await import('reflect-metadata')
    const { container, injectable } = await import('tsyringe')
    const tokens = tokensOf(size)
    for (const [i, token] of tokens.entries()) {
      Reflect.defineMetadata(
        'design:paramtypes',
        needsOf(i).map((need) => tokens[need]),
        token,
      )
      injectable()(token)
    }
    return () => {
      const root = container.createChildContainer()
      for (const token of tokens) root.registerSingleton(token)
    }
  },
  'typed-inject': async (size) => {
    const { createInjector } = await import('typed-inject')
    const tokens = tokensOf(size)
    for (const [i, token] of tokens.entries()) token.inject = needsOf(i).map((need) => `t${need}`)
    return () => {
      let injector = createInjector()
      for (let i = 0; i < size; i++) injector = injector.provideClass(`t${i}`, tokens[i])
    }
  },
  inversify: async (size) => {
    await import('reflect-metadata')
    const { Container, inject, injectable } = await import('inversify')
    const tokens = tokensOf(size)
    for (const [i, token] of tokens.entries()) {
      injectable()(token)
      for (const [at, need] of needsOf(i).entries()) inject(tokens[need])(token, undefined, at)
    }
    return () => {
      const container = new Container()
      for (const token of tokens) container.bind(token).toSelf().inSingletonScope()
    }
  },
  'needle-di': async (size) => {
    const { Container } = await import('@needle-di/core')
    const tokens = tokensOf(size)
    const providers = tokens.map((provide, i) => ({
      provide,
      useFactory: (c) => new provide(...needsOf(i).map((need) => c.get(tokens[need]))),
    }))
    return () => {
      const container = new Container()
      for (const provider of providers) container.bind(provider)
    }
  },
  NestJS: async (size) => {
    await import('reflect-metadata')
    const { Module } = await import('@nestjs/common')
    const { NestFactory } = await import('@nestjs/core')
    const tokens = tokensOf(size)
    const providers = tokens.map((provide, i) => ({
      provide,
      inject: needsOf(i).map((need) => tokens[need]),
      useFactory: (...services) => services.length,
    }))
    return async () => {
      class App {}
      Module({ providers })(App)
      await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false })
    }
  },
}
