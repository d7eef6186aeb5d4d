// Constructors that are functions are constructed, whichever way they are given.
import { EventEmitter } from 'node:events'
import { Agent } from 'node:http'
import { createContainer, singleton, token } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { problems } from '../support.ts'

interface Counter {
  count: number
}
/** A class as TypeScript compiles it for ES5, in a file without strict mode. */
const Counter = new Function('return function Counter() { this.count = 0 }')() as new () => Counter
/** The same with a method and a name in lower case, as a minifier leaves it. */
const minified = new Function(
  'function c() { this.count = 0 } c.prototype.next = function () { return ++this.count }; return c',
)() as new () => Counter & { next(): number }
/** The same with a superclass. */
const derived = new Function(
  'base',
  'function d() { base.call(this) } d.prototype = Object.create(base.prototype); return d',
)(Counter) as new () => Counter

describe.each([
  ['EventEmitter', EventEmitter as new () => object],
  ['http.Agent', Agent as new () => object],
  ['a class compiled to ES5', Counter],
  ['a minified class with methods', minified],
  ['a class with a superclass', derived],
])('%s', (_, type) => {
  test('is constructed by singleton and by register', () => {
    const value = singleton(type)
    const container = createContainer().register(type).build()
    expect(container.get(value)).toBeInstanceOf(type)
    expect(container.get(type)).toBeInstanceOf(type)
    expect((globalThis as { count?: number }).count).toBeUndefined()
  })
})

test('a function with a list of arguments is constructed', () => {
  const Dep = token<number>('Dep')
  const Service = function (this: { dep: number }, dep: number) {
    this.dep = dep
  } as unknown as new (
    dep: number,
  ) => { dep: number }
  const container = createContainer().register(Dep, { value: 1 }).build()
  expect(container.get(singleton(Service, [Dep]))).toEqual({ dep: 1 })
})

test('a factory written as a function is called', () => {
  const make = () => 'made'
  expect(createContainer().build().get(singleton(make))).toBe('made')
})

test('a function that cannot be constructed is not a class', () => {
  const container = createContainer().register((() => 1) as never)
  expect(problems(() => container.build())[0]!.message).toContain('it has no class or factory.')
})
