// The MCP server: tools that answer from the data of the inspector.

import { readFileSync } from 'node:fs'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { fetchInspection, type Inspection, type InspectorAddress, type WorkData } from './inspection.ts'

/** The number of requests in a list. */
const DEFAULT_LIMIT = 20

/**
 * Creates an MCP server about a running application. Its tools read, and change nothing.
 *
 * @example
 * ```ts
 * import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
 * import { createServer } from '@myfy/mcp'
 *
 * const server = createServer({ url: 'http://localhost:8000/_myfy' })
 * await server.connect(new StdioServerTransport())
 * ```
 */
export function createServer(address: InspectorAddress = {}): McpServer {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const server = new McpServer(
    { name: 'myfy', version },
    { instructions: 'Answers questions about a running myfy application. Begin with application_overview.' },
  )
  const readOnly = { readOnlyHint: true, openWorldHint: false }
  const tool = (name: string, description: string, select: (data: Inspection) => unknown) =>
    server.registerTool(name, { description, annotations: readOnly }, async () =>
      answer(select(await fetchInspection(address))),
    )
  tool(
    'application_overview',
    'State and readiness of the application, its process, its unhealthy modules, work in flight, and recent problems.',
    ({ application, modules, work, problems }) => ({
      application,
      unhealthy: modules.filter(
        ({ health }) => (health as { healthy?: boolean } | undefined)?.healthy === false,
      ),
      work,
      problems,
    }),
  )
  tool(
    'list_modules',
    'Every module with its state, start time in ms, requirements, health, and whether it is on the critical path.',
    ({ modules }) => modules,
  )
  tool('explain_boot', 'The steps of the start with times in ms, and the critical path.', ({ boot }) => boot)
  tool(
    'explain_stop',
    'The cost of a stop now: work that it would wait for, budget of each part, order and last stop time of the modules, and the obstacles of a drain that is under way.',
    ({ stop, work }) => ({ ...(stop as object), work }),
  )
  tool(
    'list_reloads',
    'Every reload with its files, time, error, the modules that kept running, and those that started again with the reason.',
    ({ reloads }) => reloads,
  )
  tool(
    'list_settings',
    'Every setting with its variable, key and source (undefined for the default). Values that may be secret are left out.',
    ({ settings }) => settings,
  )
  tool('list_tasks', 'The last turns of background tasks and work outside of requests.', ({ tasks }) =>
    tasks.map(brief),
  )
  server.registerTool(
    'list_requests',
    {
      description:
        'The last requests, newest first: id, route, status, time in ms, error. Of a lasting load, 50 a second are recorded.',
      annotations: readOnly,
      inputSchema: {
        status: z.number().int().optional().describe('only with this status'),
        route: z.string().optional().describe('only with this pattern, such as /users/:id'),
        failed: z.boolean().optional().describe('only with a status of 500 or more, or cut'),
        slowest: z.boolean().optional().describe('the slowest first'),
        limit: z.number().int().min(1).max(500).optional(),
      },
    },
    async ({ status, route, failed, slowest, limit = DEFAULT_LIMIT }) => {
      const { requests } = await fetchInspection(address)
      const found = requests.filter(
        (one) =>
          (status === undefined || one.status === status) &&
          (route === undefined || one.route === route) &&
          (!failed || (one.status ?? 0) >= 500 || one.incomplete === true),
      )
      const ordered = slowest ? [...found].sort((a, b) => (b.ms ?? 0) - (a.ms ?? 0)) : [...found].reverse()
      return answer(ordered.slice(0, limit).map(brief))
    },
  )
  server.registerTool(
    'get_request',
    {
      description:
        'One request by its id (as in x-request-id and in logs), with its error, spans and log lines.',
      annotations: readOnly,
      inputSchema: { id: z.string().describe('the id, or its beginning') },
    },
    async ({ id }) => {
      const { requests } = await fetchInspection(address)
      return answer(requests.findLast((one) => one.id.startsWith(id)) ?? { found: false, id })
    },
  )
  return server
}

const brief = ({ spans: _spans, lines: _lines, version: _version, ...rest }: WorkData): object => rest

const answer = (value: unknown) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(value, null, 2) }],
})
