// What the module brings to the command line.

import type { ModuleCommand } from '@myfy/core'
import type { WebModule } from './web-module.ts'

/** `myfy routes` and `myfy openapi`. */
export function webCommands(module: WebModule): readonly ModuleCommand[] {
  return [
    {
      name: 'routes',
      description: 'Lists the routes with what they inject.',
      options: { json: { type: 'boolean', description: 'Print JSON, for programs.' } },
      run({ options, print }) {
        const rows = module.routes.map(({ method, pattern, spec, websocket: socket }) => ({
          method: socket ? 'WS' : method,
          path: pattern,
          inject: Object.keys(spec.inject ?? {}),
          summary: spec.summary ?? '',
        }))
        if (options.json) return print(JSON.stringify(rows, null, 2))
        const wide = Math.max(0, ...rows.map((row) => row.path.length))
        for (const { method, path, inject, summary } of rows) {
          print(
            `${method.padEnd(7)} ${path.padEnd(wide)}  ${[inject.join(', '), summary].filter(Boolean).join('  ')}`.trimEnd(),
          )
        }
      },
    },
    {
      name: 'openapi',
      description: 'Prints the description of the API as OpenAPI 3.1.',
      run: ({ print }) => print(JSON.stringify(module.openapi, null, 2)),
    },
  ]
}
