// The modules of the application among those that Node loads.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Reports whether a path is a module of the application: code outside of `node_modules`. */
export function isOwnModule(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file) && !/[\\/]node_modules[\\/]|[\\/]\.pnp\.c?js$/.test(file)
}

/** Returns the module of the application that an absolute specifier names; undefined for any other specifier. */
export function ownModuleOf(specifier: string): string | undefined {
  if (!/^(file:|\/|[A-Za-z]:[\\/])/.test(specifier)) return undefined
  try {
    const named = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier.replace(/[?#].*$/, '')
    const file = sourceOf(named)
    return isOwnModule(file) ? file : undefined
  } catch {
    // A URL with a host, or an encoded slash.
    return undefined
  }
}

/** TypeScript may be named as its compiler names it: `./worker.js` for `worker.ts`. */
export function sourceOf(file: string): string {
  if (existsSync(file)) return file
  const candidates = [file.replace(/\.([cm]?)jsx?$/, '.$1ts'), file.replace(/\.jsx?$/, '.tsx')]
  return candidates.find((candidate) => candidate !== file && existsSync(candidate)) ?? file
}
