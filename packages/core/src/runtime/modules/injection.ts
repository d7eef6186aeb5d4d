// Values that cannot be injected: names and instances. A compiler refuses them, JavaScript does not.

/** Marks the tokens and markers of every copy of `@myfy/di`. */
const TOKEN = Symbol.for('@myfy/di')

/** The fix for what {@link injectionProblem} finds. */
export const INJECTION_FIX = 'Inject a class, a provider or a token, not its name or an instance of it'

/**
 * Returns the sentence part on the first value of an `inject` that is not a token: `inject.users is a string, not a token`.
 * The value is not printed: it can be a secret. A value that is absent is left to the container, which knows what depends
 * on it.
 */
export function injectionProblem(inject: unknown): string | undefined {
  if (typeof inject !== 'object' || inject === null) return undefined
  for (const [key, value] of Object.entries(inject) as ReadonlyArray<readonly [string, unknown]>) {
    if (value === undefined || value === null || typeof value === 'function') continue
    const isObject = typeof value === 'object'
    if (isObject && TOKEN in value) continue
    const kind = isObject ? `an instance of ${value.constructor?.name ?? 'no class'}` : `a ${typeof value}`
    const place = Array.isArray(inject) ? `inject[${key}]` : `inject.${key}`
    return `${place} is ${kind}, not a token`
  }
  return undefined
}
