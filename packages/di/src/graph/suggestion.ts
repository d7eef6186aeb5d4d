/** Suggestions: the fix for a token that has no provider, with the similar names that are registered. */
import { similarName } from '../providers/similar-name.ts'
import { nameOf } from '../providers/token.ts'
import { type Binding, located } from './binding.ts'
import type { Graph } from './graph.ts'

/** The number of tokens that a similar name is searched for. A module that was forgotten leaves hundreds behind. */
const SUGGESTIONS = 10

/** Returns the function that words the fix for a token. */
export function fixesOf(graph: Graph, bindings: readonly Binding[]): (token: unknown) => string {
  let left = SUGGESTIONS
  const named = bindings.filter(({ kind }) => kind !== 'entry')
  const allNames = new Set(named.map(({ name }) => name))
  return (token) => {
    const name = nameOf(token)
    // An override without a provider is not what it should replace.
    const own = graph.find(token)
    const names =
      own && named.filter((binding) => binding.name === name).length === 1 ? new Set(allNames) : allNames
    if (own && names !== allNames) names.delete(name)
    if (graph.hasMany(graph.key(token))) return `It has several providers: inject all(${name}).`
    if (names.has(name))
      return `Another token named ${name} is registered. Check whether the file that defines ${name} is loaded twice.`
    const qualified = [...names].filter((other) => other.startsWith(`${name}:`))
    if (qualified.length)
      return `Only qualified providers are registered: inject ${name}.named('${qualified[0]!.slice(name.length + 1)}').`
    const known = fixOf(token)
    if (known !== undefined) return known
    const nearest = left-- > 0 ? similarName(name, names) : undefined
    const meant = named.find((binding) => binding.name === nearest)
    return meant ? `Did you mean ${located(meant)}?` : `Register it: container.register(${name}, …).`
  }
}

/** Returns the fix that a kind of tokens brings, such as the settings of core, which are not registered by hand. */
function fixOf(token: unknown): string | undefined {
  const { missingFix } = Object(token) as { readonly missingFix?: unknown }
  return typeof missingFix === 'string' ? missingFix : undefined
}
