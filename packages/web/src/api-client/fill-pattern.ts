// The path of a request: a pattern whose parameters are replaced by values.

import { ClientError } from './client-error.ts'

/** A group `{…}?`, an escaped character, a wildcard, or a parameter with its expression and its modifier. */
const PART = /\{([^{}]*)\}\??|\\(.)|\*\*(?::(\w+))?|:(\w+)(?:\((?:[^()]|\([^()]*\))*\))?([?+*])?/g

/**
 * Returns the path of a pattern.
 *
 * @throws ClientError if a parameter is missing, or if its value would lead to another path
 */
export function fillPattern(pattern: string, params: Readonly<Record<string, unknown>>): string {
  const fail = (name: string, reason: string): never => {
    throw new ClientError(`Cannot request ${pattern}: the parameter '${name}' ${reason}. Pass another value.`)
  }
  const fill = (text: string): string =>
    text.replace(PART, (_, group, escaped, wildcard, name, modifier, at: number) => {
      if (escaped !== undefined) return escaped
      if (group !== undefined) {
        const first = /:(\w+)/.exec(group)?.[1]
        return first === undefined || params[first] === undefined ? '' : fill(group)
      }
      const key: string = name ?? wildcard ?? '_'
      const value = params[key]
      const isWhole = text[at - 1] === '/'
      if (value === undefined || value === null || value === '')
        // The slash before it is removed below.
        return modifier === '?' || modifier === '*' || name === undefined ? '\0' : fail(key, 'is missing')
      const isMultiple = name === undefined || modifier === '+' || modifier === '*'
      const segments = isMultiple ? `${value}`.split('/') : [`${value}`]
      // A URL has no segment of dots: it leads to another path.
      if (isWhole && segments.some((segment) => /^\.\.?$/.test(segment))) fail(key, 'is a segment of dots')
      return segments.map(encodeURIComponent).join('/')
    })
  return fill(pattern).replace(/\/?\0/g, '') || '/'
}
