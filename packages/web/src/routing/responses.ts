// The responses that a route declares by status: their schemas, and the status of a value without one.

import { isStandardSchema, type StandardSchema } from '@myfy/core'
import { assertKnownOptions, type OptionNames } from '@myfy/core/runtime'
import { RouteError } from '../errors.ts'
import type { ResponseDescription, RouteSpec } from './route-spec.ts'

const descriptionNames: OptionNames<ResponseDescription> = {
  description: true,
  schema: true,
  mediaType: true,
}

/** Returns the schema of a declared response; undefined if it has none. */
export const schemaOf = (declared: StandardSchema | ResponseDescription): StandardSchema | undefined =>
  isStandardSchema(declared) ? declared : declared.schema

/**
 * Returns the spec of a route with `response` and `status` taken from its `responses`: a value without a status is the
 * one successful response that has a schema.
 *
 * @throws RouteError if a status is not valid, or if several successful responses could be meant
 */
export function withResponses(name: string, spec: RouteSpec): RouteSpec {
  const { responses = {} } = spec
  for (const [status, declared] of Object.entries(responses)) {
    if (!/^[2-5]\d\d$/.test(status))
      throw new RouteError(name, `responses has the status ${status}`, 'Use a status from 200 to 599')
    if (typeof declared !== 'object' && typeof declared !== 'function')
      throw new RouteError(
        name,
        `the response ${status} is ${declared === undefined ? 'undefined' : `a value of type ${typeof declared}`}`,
        'Pass a schema, or an object with a description',
      )
    if (declared !== null && !isStandardSchema(declared))
      assertKnownOptions(`the response ${status} of ${name}`, declared, descriptionNames)
  }
  if (spec.response !== undefined) return spec
  const successes = Object.entries(responses).filter(
    ([status, declared]) => status.startsWith('2') && schemaOf(declared) !== undefined,
  )
  const wanted = spec.status ?? (successes.some(([status]) => status === '200') ? 200 : undefined)
  const found = wanted === undefined ? successes : successes.filter(([status]) => Number(status) === wanted)
  if (found.length > 1)
    throw new RouteError(
      name,
      `responses has schemas for ${found.map(([status]) => status).join(' and ')}`,
      'Set `status` to the one of a value that is returned without reply()',
    )
  const [first] = found
  if (first === undefined) return spec
  const [status, declared] = first
  return { ...spec, ...(status !== '200' && { status: Number(status) }), response: schemaOf(declared)! }
}
