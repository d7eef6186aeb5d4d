// Path templates of OpenAPI from the patterns of routes.

/** A parameter of a path template. */
export interface PathParameter {
  readonly name: string
  /** The regular expression that the value matches. */
  readonly pattern?: string
  /** True when the value may contain slashes. */
  readonly multiple?: boolean
}

/** A path template: `/users/{id}`. */
export interface PathTemplate {
  readonly path: string
  readonly parameters: readonly PathParameter[]
}

/**
 * Returns the templates of a pattern. A template has no optional parts, so that `/maybe/:name?` has two: `/maybe` and
 * `/maybe/{name}`. Unnamed wildcards are called `path`, unnamed groups `value`.
 */
export function pathTemplates(pattern: string): PathTemplate[] {
  return expand(parse(pattern)).map(toTemplate)
}

/** A part of a pattern: literal text, a parameter, or an optional group. */
type Part =
  | { readonly literal: string }
  | { readonly parameter: PathParameter; readonly optional: boolean }
  | { readonly group: readonly Part[]; readonly optional: boolean }

/** The tokens of a pattern: an escaped character, a wildcard with or without a name, a name, a parenthesis, a brace. */
const TOKEN = /\\(.)|\*\*(?::([A-Za-z_]\w*))?|\*|:([A-Za-z_]\w*)|([({}])|([^\\*:({}]+|.)/gs

function parse(pattern: string): Part[] {
  const stack: Part[][] = [[]]
  const push = (part: Part) => stack.at(-1)!.push(part)
  const at = { index: 0 }
  while (at.index < pattern.length) {
    TOKEN.lastIndex = at.index
    const [token, escaped, wildcard, name, bracket] = TOKEN.exec(pattern)!
    at.index += token.length
    if (escaped !== undefined) push({ literal: escaped })
    else if (token.startsWith('**'))
      push({ parameter: { name: wildcard ?? 'path', multiple: true }, optional: false })
    else if (token === '*') push({ parameter: { name: 'value' }, optional: false })
    else if (name !== undefined) push(namedPart(pattern, at, name))
    else if (bracket === '(') {
      at.index -= 1
      push(namedPart(pattern, at, 'value'))
    } else if (bracket === '{') stack.push([])
    else if (bracket === '}' && stack.length > 1) {
      const group = stack.pop()!
      const optional = pattern[at.index] === '?'
      if (optional) at.index++
      push({ group, optional })
    } else push({ literal: token })
  }
  return stack.flat()
}

/** The parameter of a name, with the regular expression and the modifier that follow it. */
function namedPart(pattern: string, at: { index: number }, name: string): Part {
  const constraint = pattern[at.index] === '(' ? balanced(pattern, at.index) : undefined
  if (constraint !== undefined) at.index += constraint.length + 2
  const modifier = /[?+*]/.test(pattern[at.index] ?? '') ? pattern[at.index++] : undefined
  return {
    parameter: {
      name,
      ...(constraint === undefined ? {} : { pattern: `^(?:${constraint})$` }),
      ...(modifier === '+' || modifier === '*' ? { multiple: true } : {}),
    },
    optional: modifier === '?' || modifier === '*',
  }
}

/** Returns the text between a parenthesis and the one that closes it. */
function balanced(text: string, start: number): string {
  let depth = 0
  for (let i = start; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return text.slice(start + 1, i)
  }
  return text.slice(start + 1)
}

type FlatPart = Exclude<Part, { readonly group: readonly Part[] }>

/** Returns every combination of the optional parts, the shortest first. */
function expand(parts: readonly Part[]): FlatPart[][] {
  let variants: FlatPart[][] = [[]]
  for (const part of parts) {
    const flat = 'group' in part ? expand(part.group) : [[part]]
    const present = variants.flatMap((variant) => flat.map((group) => [...variant, ...group]))
    const isOptional = 'optional' in part && part.optional
    variants = isOptional ? [...variants.map(withoutSlash), ...present] : present
  }
  return variants
}

/** An optional parameter is left out together with the slash before it. */
function withoutSlash(parts: FlatPart[]): FlatPart[] {
  const last = parts.at(-1)
  if (last === undefined || !('literal' in last) || !last.literal.endsWith('/')) return parts
  return [...parts.slice(0, -1), { literal: last.literal.slice(0, -1) }]
}

function toTemplate(parts: readonly FlatPart[]): PathTemplate {
  const names = new Set<string>()
  const parameters: PathParameter[] = []
  let path = ''
  for (const part of parts) {
    if ('literal' in part) {
      path += part.literal
      continue
    }
    let { name } = part.parameter
    for (let i = 2; names.has(name); i++) name = `${part.parameter.name}${i}`
    names.add(name)
    parameters.push({ ...part.parameter, name })
    path += `{${name}}`
  }
  return { path: path === '' ? '/' : path, parameters }
}
