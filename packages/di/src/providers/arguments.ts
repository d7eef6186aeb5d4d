/** Checks of arguments: what the types refuse, JavaScript lets through. */
import { type DependencyError, InvalidProviderError } from '../errors.ts'
import { Marker } from './inject.ts'
import { COPY, nameOf, Token } from './token.ts'

/** Reports an argument that the types refuse. The value itself is not printed: it can be a secret. */
export const invalidArgument = (
  what: string,
  of: string,
  given: unknown,
  expected: string,
): DependencyError =>
  new InvalidProviderError(
    'MYFY_DI_INVALID_PROVIDER',
    `Cannot use the ${what} of ${of}: it is ${given === null ? given : `of type ${typeof given}`}.`,
    [],
    `Give it ${expected}.`,
  )

/** Reports whether a value has properties. */
export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Refuses an `inject` that is neither a tuple nor a record. */
export function checkInject(inject: unknown, by: unknown): void {
  if (!isObject(inject)) throw invalidArgument('inject', nameOf(by), inject, 'a tuple or a record of tokens')
}

/** Reports whether a value is a token or marker of another copy of the package. */
export const isForeign = (value: unknown): boolean =>
  isObject(value) && COPY in value && !(value instanceof Token) && !(value instanceof Marker)

/** Reports a token of another copy of the package. */
export const foreign = (action: string, token: unknown, path: readonly string[] = []): DependencyError =>
  new InvalidProviderError(
    'MYFY_DI_TWO_COPIES',
    `${action}: ${nameOf(token)} comes from another copy of @myfy/di.`,
    path,
    'Install one version: `npm ls @myfy/di` lists the copies.',
  )
