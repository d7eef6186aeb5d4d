// Imports that cannot be satisfied: missing files, and missing names.

import { meantName } from '@myfy/core/runtime'
import type { CompiledModule } from '../compile/compiled-module.ts'
import type { ImportAttributes } from '../compile/import-attributes.ts'
import { ImportError } from '../errors.ts'
import type { Resolution } from '../resolve/resolver.ts'
import { isJsonUrl } from '../resolve/specifier.ts'
import { importLocation } from '../source-location.ts'
import type { Importable } from './importable.ts'
import { ModuleRecord } from './module-record.ts'

/** The number of exports that a message lists. */
const MAX_LISTED = 12

/** @throws ImportError if the evaluated module does not export one of the names */
export function checkNames(
  target: Importable,
  names: readonly string[],
  specifier: string,
  importer: CompiledModule,
): void {
  const missing = names.find((name) => !(name in target.exports))
  if (missing === undefined) return
  const { file, source } = importer
  throw new ImportError(
    `Cannot import '${missing}' from '${specifier}' in ${file}: ${reasonAndFix(target, missing)}`,
    { location: importLocation(file, source, specifier, missing) },
  )
}

/**
 * Refuses what Node refuses. `with { type: 'json' }` is the only attribute that it knows.
 *
 * @throws ImportError
 */
export function checkAttributes(
  attributes: ImportAttributes,
  specifier: string,
  target: Resolution,
  { file, source }: CompiledModule,
): void {
  const isJson = target.type === 'external' ? isJsonUrl(target.url) : target.file.endsWith('.json')
  const refused = Object.entries(attributes).find(
    ([key, value]) => key !== 'type' || value !== 'json' || !isJson,
  )
  if (!refused) return
  const [key, value] = refused
  const reason =
    key === 'type' && value === 'json'
      ? 'it is not JSON. Remove the attribute.'
      : `the attribute ${key}: '${value}' is not supported. Node knows only type: 'json'; read other files by node:fs.`
  throw new ImportError(`Cannot import '${specifier}' in ${file}: ${reason}`, {
    location: importLocation(file, source, specifier),
  })
}

/**
 * Returns the error of a missing module in the form that programs test for: `code` is that of Node, for example
 * `ERR_MODULE_NOT_FOUND` of an optional dependency. Any other error is returned as it is.
 */
export function notFoundForNode(error: unknown): unknown {
  if (!(error instanceof ImportError)) return error
  return Object.assign(error, { code: Reflect.get(error, 'nodeCode') ?? 'ERR_MODULE_NOT_FOUND' })
}

function reasonAndFix(target: Importable, name: string): string {
  const conflict = target.conflicts?.get(name)
  if (conflict) {
    const files = conflict.map((source) => (source instanceof ModuleRecord ? source.file : 'a package'))
    return `${[...new Set(files)].join(' and ')} both export it through 'export *'. Export it by its name from one of them.`
  }
  const exports = target.exports as { default?: unknown }
  if ('default' in exports && name in Object(exports.default))
    return `it is a property of the default export, because the module is CommonJS. Import the default export and read '${name}' from it.`
  if (target instanceof ModuleRecord && declaresType(target.compiled.source, name))
    return `it is a type. Write 'import type' or 'export type'.`
  const names = Object.keys(exports)
  const meant = meantName(name, names)
  if (meant !== undefined) return `the module does not export it. Import '${meant}', or export '${name}'.`
  const listed = names.slice(0, MAX_LISTED).join(', ') || 'nothing'
  const others = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} others` : ''
  return `the module exports ${listed}${others}. Correct the name, or export it.`
}

function declaresType(source: string, name: string): boolean {
  const escaped = name.replaceAll('$', '\\$')
  const declaration = new RegExp(`\\b(?:interface|type)\\s+${escaped}\\b`)
  const list = new RegExp(`\\bexport\\s+type\\s*\\{[^}]*\\b${escaped}\\b`)
  return declaration.test(source) || list.test(source)
}
