// The commands that the module adds to the command line.

import type { ModuleCommand } from '@myfy/core'
import { fitLine } from '@myfy/core/runtime'
import { alternativesOf } from './auth/alternatives.ts'
import type { OpenAPIDocument } from './openapi/document.ts'
import type { Route } from './routing/route-spec.ts'

/** The parts of a web module that its commands print. */
export interface CommandSource {
  /** Every route, in the order of declaration. */
  readonly routes: readonly Route[]
  /** The description of the API. */
  readonly openapi: OpenAPIDocument
}

const json = { json: { type: 'boolean', description: 'Print JSON' } } as const

/** Returns `myfy routes` and `myfy openapi`. */
export function webCommands(source: CommandSource): readonly ModuleCommand[] {
  return [
    {
      name: 'routes',
      inspects: true,
      description: 'List the routes and the services that they inject',
      options: json,
      run({ options, print }) {
        const rows = source.routes.map(toRow)
        if (options.json) return print(JSON.stringify(rows, null, 2))
        const width = Math.max(0, ...rows.map((row) => row.path.length))
        for (const { method, path, inject, auth = [], summary } of rows) {
          const access = auth.length > 0 ? `(${auth.join(' or ')})` : ''
          const notes = [access, inject.join(', '), summary].filter(Boolean).join('  ')
          print(fitLine(`${method.padEnd(7)} ${path.padEnd(width)}  ${notes}`.trimEnd(), width + 10))
        }
      },
    },
    {
      name: 'openapi',
      inspects: true,
      description: 'Print the API description as OpenAPI 3.1',
      // It is JSON in any case; programs may ask every command for it.
      options: json,
      run: ({ print }) => print(JSON.stringify(source.openapi, null, 2)),
    },
  ]
}

const toRow = ({ method, pattern, spec, websocket }: Route) => ({
  method: websocket ? 'WS' : method,
  path: pattern,
  inject: Object.keys(spec.inject ?? {}),
  summary: spec.summary ?? '',
  ...(spec.auth && { auth: alternativesOf(spec.auth).map(({ name }) => name) }),
})
