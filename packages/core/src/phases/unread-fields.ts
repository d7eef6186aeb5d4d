// The fields by which a module adds to another one. Without the other one they have no effect.

import type { Module } from '../modules/module.ts'
import { readFields } from '../runtime/modules/module-marks.ts'

/** A field that no module reads. */
interface UnreadField {
  readonly module: string
  readonly field: string
  readonly message: string
}

/** The fields that a module of the framework reads from the others, once it was added. */
const readers = { routes: 'WebModule', exceptionHandlers: 'WebModule', handlerOptions: 'WebModule' }

/** The fields that modules of the framework take as an option alone. */
const optionsOf = { middleware: 'WebModule', tasks: 'TasksModule', migrations: 'DataModule' }

/** Returns the fields of modules that no module reads. */
export function unreadFields(modules: readonly Module[]): readonly UnreadField[] {
  const read = new Set(modules.flatMap((module) => readBy(module)))
  const unread: UnreadField[] = []
  for (const module of modules) {
    const note = (field: string, why: string) =>
      unread.push({
        module: module.name,
        field,
        message: `the field '${field}' of the module '${module.name}' has no effect: ${why}`,
      })
    const isLiteral = Object.getPrototypeOf(module) === Object.prototype
    for (const [field, type] of Object.entries(readers)) {
      // A class may be made for applications with and without the reader: a database that knows its status codes.
      const isMeant = field in module && (isLiteral || field === 'routes')
      if (isMeant && !read.has(field))
        note(field, `the application has no ${type}, which reads it; add new ${type}(), or remove the field`)
    }
    // The field of a class may be its own.
    if (!isLiteral) continue
    for (const [field, type] of Object.entries(optionsOf))
      if (Object.hasOwn(module, field) && !read.has(field))
        note(field, `no module reads it; write new ${type}({ ${field} })`)
  }
  return unread
}

function readBy(module: Module): readonly string[] {
  return (module as { readonly [readFields]?: readonly string[] })[readFields] ?? []
}
