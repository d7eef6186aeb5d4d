// The headers of a reply as middleware sees them: the Headers of the web platform, on the list that is sent.

/** ReplyHeaders is a Headers, and the list of its names and values. */
export interface ReplyHeaders extends Headers {
  readonly [LIST]: string[]
}

type Iterators = Pick<Headers, 'entries' | 'keys' | 'values' | typeof Symbol.iterator>

/** A key that the code of users does not have. */
const LIST: unique symbol = Symbol('myfy.web.headers')

/** Returns the headers of a reply; a change does not reach the given list. */
export function replyHeaders(headers: readonly string[]): ReplyHeaders {
  // Defined here and not at import time: the first mention of Headers loads the web platform's classes.
  Implementation ??= defineHeaders()
  const own = new Implementation()
  for (let i = 0; i < headers.length; i += 2) own.append(headers[i]!, headers[i + 1]!)
  return own
}

/** Returns the names, in lower case, and the values, one after the other. */
export const headerList = (headers: ReplyHeaders): readonly string[] => headers[LIST]

type HeadersClass = new () => ReplyHeaders

let Implementation: HeadersClass | undefined

/**
 * Defines the class. It has the prototype of Headers, for `instanceof`, and keeps a flat list instead of the map and the
 * sorted copy of the platform's, which together cost half as much as a small answer. The algorithms are those of the
 * Fetch standard, section 5.1.
 */
function defineHeaders(): HeadersClass {
  // The iterators of the later types of Node.js have the methods of ES2025, as a generator has where Node.js has them.
  class ReplyHeaders implements Omit<Headers, typeof Symbol.toStringTag | keyof Iterators> {
    readonly [LIST]: string[] = []

    append(...given: [name: string, value: string]): void {
      const [name, value] = checked('append', given)
      const at = name === SET_COOKIE ? -1 : indexOf(this[LIST], name)
      if (at < 0) this[LIST].push(name, value)
      else this[LIST][at + 1] += `, ${value}`
    }

    set(...given: [name: string, value: string]): void {
      const [name, value] = checked('set', given)
      const at = indexOf(this[LIST], name)
      if (at < 0) return void this[LIST].push(name, value)
      this[LIST][at + 1] = value
      if (name === SET_COOKIE) remove(this[LIST], name, at + 2)
    }

    delete(name: string): void {
      remove(this[LIST], checkedName('delete', name), 0)
    }

    get(name: string): string | null {
      const key = checkedName('get', name)
      const list = this[LIST]
      const values = list.filter((_, at) => at % 2 === 1 && list[at - 1] === key)
      return values.length === 0 ? null : values.join(', ')
    }

    getSetCookie(): string[] {
      const list = this[LIST]
      return list.filter((_, at) => at % 2 === 1 && list[at - 1] === SET_COOKIE)
    }

    has(name: string): boolean {
      return indexOf(this[LIST], checkedName('has', name)) >= 0
    }

    forEach(callback: (value: string, name: string, headers: Headers) => void, receiver?: unknown): void {
      if (typeof callback !== 'function') return new Headers().forEach(callback)
      // The compiler does not see the prototype that the class receives below.
      const self = this as unknown as Headers
      for (const [name, value] of this) callback.call(receiver, value, name, self)
    }

    *entries(): Generator<[string, string], undefined> {
      // A change during the iteration is seen by it.
      for (let at = 0, pairs = sorted(this[LIST]); at < pairs.length; pairs = sorted(this[LIST]))
        yield pairs[at++]!
    }

    *keys(): Generator<string, undefined> {
      for (const [name] of this.entries()) yield name
    }

    *values(): Generator<string, undefined> {
      for (const [, value] of this.entries()) yield value
    }

    [Symbol.iterator](): Generator<[string, string], undefined> {
      return this.entries()
    }

    /** Returns the text that `console.log` prints. */
    [Symbol.for('nodejs.util.inspect.custom')](
      _depth: number,
      options: object,
      inspect: (value: unknown, options: object) => string,
    ): string {
      return `Headers ${inspect(Object.fromEntries(this), options)}`
    }
  }
  Object.setPrototypeOf(ReplyHeaders.prototype, Headers.prototype)
  // As above: the prototype adds what the class does not declare.
  return ReplyHeaders as unknown as HeadersClass
}

const SET_COOKIE = 'set-cookie'

function indexOf(list: readonly string[], name: string): number {
  for (let at = 0; at < list.length; at += 2) if (list[at] === name) return at
  return -1
}

/** Removes the headers of a name from a position on. */
function remove(list: string[], name: string, from: number): void {
  for (let at = list.length - 2; at >= from; at -= 2) if (list[at] === name) list.splice(at, 2)
}

/** The pairs by name. Sorting is stable, so that cookies keep their order. */
function sorted(list: readonly string[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = []
  for (let at = 0; at < list.length; at += 2) pairs.push([list[at]!, list[at + 1]!])
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

type Method = 'append' | 'set' | 'delete' | 'get' | 'has'

/** @throws TypeError, that of the platform, for what it refuses */
function checkedName(method: Method, name: unknown): string {
  const text = String(name)
  if (!TOKEN.test(text)) refuse(method, [text, ''])
  return text.toLowerCase()
}

function checked(method: Method, given: readonly unknown[]): [name: string, value: string] {
  const name = checkedName(method, given[0])
  const value = String(given[1]).replace(SURROUNDING, '')
  if (given.length < 2 || !VALUE.test(value)) refuse(method, given)
  return [name, value]
}

function refuse(method: Method, given: readonly unknown[]): void {
  Reflect.apply(Headers.prototype[method], new Headers(), given)
}

// RFC 9110, section 5.6.2, and the byte strings of the Fetch standard.
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
const VALUE = /^[^\0\r\n\u0100-\uffff]*$/
const SURROUNDING = /^[\t\n\r ]+|[\t\n\r ]+$/g
