// The error of an import that leads nowhere: its reason, its code, and the paths at which the file may come to be.

import path from 'node:path'
import { ImportError } from '../errors.ts'
import { type PackageTarget, packageTarget } from './package-target.ts'
import { isPath, parseSpecifier } from './specifier.ts'

/** The codes of Node by the texts of the resolver. */
const NODE_CODES: ReadonlyArray<readonly [text: RegExp, code: string]> = [
  [/^Package import specifier /, 'ERR_PACKAGE_IMPORT_NOT_DEFINED'],
  [/ is not exported under the conditions /, 'ERR_PACKAGE_PATH_NOT_EXPORTED'],
  [/^Invalid "exports" target /, 'ERR_INVALID_PACKAGE_TARGET'],
  [/^Invalid module /, 'ERR_INVALID_MODULE_SPECIFIER'],
]

/**
 * Returns the error of an import that leads nowhere, with the code of Node, for which programs test.
 *
 * @param reason - the text of the resolver
 */
export function importNotFound(specifier: string, importer: string, reason = ''): ImportError {
  const isScope = /^@[^/]*$/.test(specifier)
  const known = isScope ? 'ERR_INVALID_MODULE_SPECIFIER' : NODE_CODES.find(([form]) => form.test(reason))?.[1]
  return Object.defineProperty(notFound(specifier, importer), 'nodeCode', {
    value: known ?? 'ERR_MODULE_NOT_FOUND',
  })
}

function notFound(specifier: string, importer: string): ImportError {
  const directory = path.dirname(importer)
  const subject = `Cannot find '${specifier}' imported by ${importer}:`
  if (isPath(specifier)) {
    const missing = [path.resolve(directory, parseSpecifier(specifier).request)]
    return new ImportError(`${subject} there is no such file. Check the path and the extension.`, { missing })
  }
  const target = packageTarget(specifier, directory)
  if (target) return new ImportError(`${subject} ${missingTarget(target)}`, { missing: target.files })
  return new ImportError(
    `${subject} no such package is installed. Install it, or check "exports" of the package and "paths" of tsconfig.json.`,
    { missing: installPaths(specifier, directory) },
  )
}

function missingTarget({ packageFile, field, files }: PackageTarget): string {
  if (files.length === 0)
    return `"${field}" of ${packageFile} has no entry for it. Add one, or correct the import.`
  return `"${field}" of ${packageFile} leads to ${files.join(' or ')}, where there is no file. Create it, or correct the entry.`
}

/** The directories in which a package may be installed. */
function installPaths(specifier: string, from: string): string[] {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0]
  if (name === undefined || name.startsWith('#')) return []
  const paths: string[] = []
  for (let directory = from; ; directory = path.dirname(directory)) {
    paths.push(path.join(directory, 'node_modules', name))
    if (directory === path.dirname(directory)) return paths
  }
}
