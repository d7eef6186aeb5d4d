// The projects whose compile time is measured: 500 routes in groups of 10, and a client that calls every route.

const GROUPS = 50
const ROUTES = 10

const groups = Array.from({ length: GROUPS }, (_, g) => g)
const each = (text) => Array.from({ length: ROUTES }, (_, r) => text(r))

/** The schemas that all servers share: each route has its own. */
const schema = (g, r) => `z.object({ id: z.number(), name: z.string(), field${g}_${r}: z.array(z.string()) })`

const myfy = {
  server: (g) => `import { defineRoutes } from '@myfy/web'
import { z } from 'zod'
export const group${g} = defineRoutes('/group${g}', (route) => [
${each((r) =>
  r % 2
    ? `  route.get('/r${r}/:id', { response: ${schema(g, r)} }, ({ params }) => ({ id: 1, name: params.id, field${g}_${r}: [] })),`
    : `  route.post('/r${r}/:id', { body: ${schema(g, r)} }, ({ body, params }) => ({ ...body, path: params.id })),`,
).join('\n')}
])
`,
  client: (g) => `import { createClient } from '@myfy/web/client'
import type { group${g} } from '../server/group${g}.js'
const client = createClient<typeof group${g}>('http://localhost')
export async function call${g}(): Promise<number> {
  let sum = 0
${each((r) =>
  r % 2
    ? `  const a${r} = await client.get('/group${g}/r${r}/:id', { params: { id: 1 } })
  if (a${r}.status === 200) sum += a${r}.data.field${g}_${r}.length`
    : `  const a${r} = await client.post('/group${g}/r${r}/:id', { params: { id: 1 }, body: { id: 1, name: '', field${g}_${r}: [] } })
  if (a${r}.status === 200) sum += a${r}.data.field${g}_${r}.length`,
).join('\n')}
  return sum
}
`,
}

const hono = {
  server: (g) => `import { Hono } from 'hono'
import { validator } from 'hono/validator'
import { z } from 'zod'
export const group${g} = new Hono()
${each((r) =>
  r % 2
    ? `  .get('/r${r}/:id', (c) => c.json(${schema(g, r)}.parse({ id: 1, name: c.req.param('id'), field${g}_${r}: [] })))`
    : `  .post('/r${r}/:id', validator('json', (value) => ${schema(g, r)}.parse(value)), (c) => c.json({ ...c.req.valid('json'), path: c.req.param('id') }))`,
).join('\n')}
export type Group${g} = typeof group${g}
`,
  client: (g) => `import { hc } from 'hono/client'
import type { Group${g} } from '../server/group${g}.js'
const client = hc<Group${g}>('http://localhost/group${g}')
export async function call${g}(): Promise<number> {
  let sum = 0
${each((r) =>
  r % 2
    ? `  const a${r} = await client.r${r}[':id'].$get({ param: { id: '1' } })
  if (a${r}.ok) sum += (await a${r}.json()).field${g}_${r}.length`
    : `  const a${r} = await client.r${r}[':id'].$post({ param: { id: '1' }, json: { id: 1, name: '', field${g}_${r}: [] } })
  if (a${r}.ok) sum += (await a${r}.json()).field${g}_${r}.length`,
).join('\n')}
  return sum
}
`,
}

const trpc = {
  server: (g) => `import { initTRPC } from '@trpc/server'
import { z } from 'zod'
const t = initTRPC.create()
export const group${g} = t.router({
${each((r) =>
  r % 2
    ? `  r${r}: t.procedure.input(z.object({ id: z.string() })).output(${schema(g, r)}).query(({ input }) => ({ id: 1, name: input.id, field${g}_${r}: [] })),`
    : `  r${r}: t.procedure.input(${schema(g, r)}).mutation(({ input }) => ({ ...input, path: '' })),`,
).join('\n')}
})
export type Group${g} = typeof group${g}
`,
  client: (g) => `import { createTRPCClient, httpLink } from '@trpc/client'
import type { Group${g} } from '../server/group${g}.js'
const client = createTRPCClient<Group${g}>({ links: [httpLink({ url: 'http://localhost/group${g}' })] })
export async function call${g}(): Promise<number> {
  let sum = 0
${each((r) =>
  r % 2
    ? `  const a${r} = await client.r${r}.query({ id: '1' })
  sum += a${r}.field${g}_${r}.length`
    : `  const a${r} = await client.r${r}.mutate({ id: 1, name: '', field${g}_${r}: [] })
  sum += a${r}.field${g}_${r}.length`,
).join('\n')}
  return sum
}
`,
}

/** A file in which an editor completes a field of an answer, by the client of one group of all; `|` is the position. */
export const editors = {
  myfy: `import { createClient } from '@myfy/web/client'
import type { group0 } from '../server/group0.js'
const client = createClient<typeof group0>('http://localhost')
const a = await client.get('/group0/r1/:id', { params: { id: 1 } })
if (a.status === 200) a.data.|
`,
  'Hono RPC': `import { hc } from 'hono/client'
import type { Group0 } from '../server/group0.js'
const client = hc<Group0>('http://localhost/group0')
const a = await client.r1[':id'].$get({ param: { id: '1' } })
if (a.ok) (await a.json()).|
`,
  tRPC: `import { createTRPCClient, httpLink } from '@trpc/client'
import type { Group0 } from '../server/group0.js'
const client = createTRPCClient<Group0>({ links: [httpLink({ url: 'http://localhost/group0' })] })
const a = await client.r1.query({ id: '1' })
a.|
`,
}

/** A file in which an editor completes the path of one of all routes, in one client for all groups. */
export const pathEditor = `import { createClient } from '@myfy/web/client'
${groups.map((g) => `import type { group${g} } from '../server/group${g}.js'`).join('\n')}
const client = createClient<${groups.map((g) => `typeof group${g}`).join(' | ')}>('http://localhost')
await client.get('/|')
`

/** The files of each project by their paths. */
export const projects = Object.fromEntries(
  Object.entries({ myfy, 'Hono RPC': hono, tRPC: trpc }).map(([name, { server, client }]) => [
    name,
    Object.fromEntries(
      groups.flatMap((g) => [
        [`server/group${g}.ts`, server(g)],
        [`client/group${g}.ts`, client(g)],
      ]),
    ),
  ]),
)

export const routes = GROUPS * ROUTES
