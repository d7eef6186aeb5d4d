// The names of variables: how a key of the settings is written in the environment.

import { similarName } from '../runtime/known-options.ts'

/** Returns the variable of a path below a prefix: `['database', 'poolSize']` gives `DATABASE__POOL_SIZE`. */
export function variableName(prefix: string, path: readonly string[]): string {
  return path.length === 0 ? '' : prefix + path.map(environmentName).join('__')
}

/** Returns a key in upper snake case: `databaseUrl` and `databaseURL` give `DATABASE_URL`, `s3Bucket` gives `S3_BUCKET`. */
export function environmentName(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
}

/** Returns a part of a variable as a key: `POOL_SIZE` gives `poolSize`. */
export function keyName(part: string): string {
  return part.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Returns the name among `names` that differs from a variable in at most two letters, if there is one. */
export function similarVariable(name: string, names: Iterable<string>): string | undefined {
  return similarName(name, names, Math.min(2, Math.floor(name.length / 4)))
}
