// Where an import leads: into the graph of the application's own files, or out of it to what Node loads itself.

import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ResolverFactory } from 'oxc-resolver'
import { ImportError } from '../errors.ts'

/** The target of an import. */
export type Resolution =
  | { readonly type: 'module'; readonly file: string }
  /** CommonJS of the application itself: reloaded, but loaded by `require`. */
  | { readonly type: 'commonjs'; readonly file: string }
  /** A dependency or a built-in module: loaded by Node, once a process. */
  | { readonly type: 'external'; readonly url: string }

/** Resolves as Node does, and what TypeScript adds to it: `paths`, missing extensions, `.js` that means `.ts`. */
export class Resolver {
  readonly #factory: ResolverFactory
  readonly #known = new Map<string, Resolution>()

  constructor(conditions: readonly string[] = customConditions()) {
    this.#factory = new ResolverFactory({
      tsconfig: 'auto',
      conditionNames: [...conditions, 'node', 'import', 'module-sync', 'default'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.jsx', '.mjs', '.cjs', '.cts', '.json'],
      extensionAlias: {
        '.js': ['.ts', '.tsx', '.js', '.jsx'],
        '.jsx': ['.tsx', '.jsx'],
        '.mjs': ['.mts', '.mjs'],
        '.cjs': ['.cts', '.cjs'],
      },
      builtinModules: true,
      moduleType: true,
    })
  }

  /**
   * @throws {@link ImportError} without a location; the caller knows where the import stands
   */
  resolve(specifier: string, importer: string): Resolution {
    const key = `${path.dirname(importer)}\0${specifier}`
    const known = this.#known.get(key)
    if (known) return known
    const resolution = this.#resolve(specifier, importer)
    this.#known.set(key, resolution)
    return resolution
  }

  /** Forgets what it knows: files came, went or moved, or a tsconfig was written. */
  clear(): void {
    this.#known.clear()
    this.#factory.clearCache()
  }

  #resolve(specifier: string, importer: string): Resolution {
    if (/^(node|data|https?):/.test(specifier)) return { type: 'external', url: specifier }
    const request = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
    const {
      path: file,
      builtin,
      moduleType,
    } = this.#factory.resolveFileSync(importer, request.replace(/\?.*$/, ''))
    if (builtin) return { type: 'external', url: builtin.resolved }
    if (!file) throw notFound(specifier, importer)
    if (!isOwnCode(specifier, file)) return { type: 'external', url: pathToFileURL(file).href }
    return { type: moduleType === 'commonjs' && /\.[cm]?js$/.test(file) ? 'commonjs' : 'module', file }
  }
}

/** Which `--conditions` this process resolves with. */
export function customConditions(
  args: readonly string[] = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)],
): string[] {
  const conditions: string[] = []
  for (const [index, arg] of args.entries()) {
    const inline = /^(?:--conditions|-C)=(.+)$/.exec(arg)
    if (inline) conditions.push(inline[1]!)
    else if (arg === '--conditions' || arg === '-C') conditions.push(args[index + 1] ?? '')
  }
  return conditions.filter(Boolean)
}

/** What lies in node_modules belongs to others; the framework is shared with whoever supervises. */
function isOwnCode(specifier: string, file: string): boolean {
  return (
    !specifier.startsWith('@myfy/') &&
    !file.includes(`${path.sep}node_modules${path.sep}`) &&
    !file.endsWith('.node')
  )
}

function notFound(specifier: string, importer: string): ImportError {
  const isPath = /^\.{0,2}\//.test(specifier)
  const remedy = isPath
    ? 'check the path and the extension'
    : 'install it, or check "exports" of the package and "paths" of tsconfig.json'
  const missing = isPath ? path.resolve(path.dirname(importer), specifier) : undefined
  return new ImportError(`cannot find '${specifier}', imported by ${importer}; ${remedy}`, { missing })
}
