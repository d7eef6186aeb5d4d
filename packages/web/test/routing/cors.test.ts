import { type CorsOptions, defineRoutes, mount, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { H3Event, handleCors } from 'h3'
import { describe, expect, test, vi } from 'vitest'

const hello = defineRoutes('/hello', (route) => {
  route.get('/', () => ({ hello: 'world' }))
  route.get('/boom', () => {
    throw new Error('x')
  })
})

describe('CORS', () => {
  test('adds headers only when it is configured, also to errors and preflight responses', async () => {
    await using closed = await createTestClient({ routes: [hello] })
    expect(
      (await closed.get('/hello', { headers: { origin: 'https://a.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
    await using open = await createTestClient({
      routes: [hello],
      cors: { origin: ['https://a.example'], methods: ['GET'] },
    })
    const origin = { origin: 'https://a.example' }
    expect((await open.get('/hello', { headers: origin })).headers.get('access-control-allow-origin')).toBe(
      'https://a.example',
    )
    expect(
      (await open.get('/hello/boom', { headers: origin })).headers.get('access-control-allow-origin'),
    ).toBe('https://a.example')
    expect(
      (await open.get('/hello', { headers: { origin: 'https://b.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
    const preflight = await open.request('OPTIONS', '/hello', {
      headers: { ...origin, 'access-control-request-method': 'GET' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET'])
  })
})

describe('the headers of CORS', () => {
  const origin = 'https://app.example'
  const own = { headers: { 'access-control-allow-origin': '*', vary: 'accept' } }
  const routes = [
    mount('/inner', () => new Response('x', own)),
    defineRoutes('', (route) => void route.get('/own', () => new Response('x', own))),
  ]

  // Fetch standard, 3.3.4: a response with two of them fails the check.
  test.each(['/own', '/inner/x'])('replace those that %s sets itself', async (path) => {
    await using client = await createTestClient({ routes, cors: { origin: [origin] } })
    const { headers } = await client.get(path, { headers: { origin } })
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('vary')).toMatch(/^accept, origin$/i)
  })

  test('have the status and the lifetime of the options on a preflight', async () => {
    const cors: CorsOptions = {
      origin: [origin],
      maxAge: '600',
      preflight: { statusCode: 200 },
      credentials: true,
    }
    const warn = vi.spyOn(console, 'warn')
    await using client = await createTestClient({ routes, cors })
    const preflight = await client.request('OPTIONS', '/own', {
      headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-a' },
    })
    expect(preflight.status).toBe(200)
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-a',
      'access-control-max-age': '600',
    })
    const { headers } = await client.get('/own', { headers: { origin } })
    expect(headers.get('access-control-expose-headers')).toBeNull()
    expect(warn).not.toHaveBeenCalled()
  })
})

describe('the headers of a request that is not a preflight request are those of h3', () => {
  const options: Array<[name: string, options: CorsOptions]> = [
    ['any origin', {}],
    ['any origin by name', { origin: '*', exposeHeaders: ['x-a', 'x-b'] }],
    ['a list', { origin: ['https://a.example', /b\.example$/] }],
    ['a list with credentials', { origin: ['https://a.example'], credentials: true }],
    [
      'credentials and exposed headers',
      { origin: ['https://a.example'], credentials: true, exposeHeaders: ['x-a'] },
    ],
    ['a function', { origin: (origin) => origin.endsWith('a.example') }],
    ['null', { origin: 'null' }],
    ['nothing exposed', { exposeHeaders: [] }],
  ]
  const origins = [undefined, 'https://a.example', 'https://x.b.example', 'https://c.example', 'null']
  const table = options.flatMap(([name, cors]) => origins.map((origin) => [name, origin, cors] as const))

  test.each(table)('%s, from %s', async (_, origin, cors) => {
    const headers: Record<string, string> = origin === undefined ? {} : { origin }
    const event = new H3Event(new Request('http://localhost/', { headers }))
    handleCors(event, (cors.credentials ? { exposeHeaders: [], ...cors } : cors) as never)
    const expected = [...event.res.headers].filter(([, value]) => value !== '')
    await using client = await createTestClient({ routes: [hello], cors })
    const answer = await client.get('/hello', { headers })
    const sent = [...answer.headers].filter(
      ([name, value]) => (name === 'vary' || name.startsWith('access-control-')) && value !== '',
    )
    expect(sent).toEqual(expected)
  })
})

describe('options that browsers would ignore, or that share credentials, are rejected:', () => {
  test.each<[cors: unknown, message: string]>([
    [
      { credentials: true },
      'Cannot configure cors.credentials: browsers reject credentials when every origin is allowed.',
    ],
    [{ origin: '*', credentials: true }, 'Cannot configure cors.credentials: browsers reject'],
    [{ origin: ['null'], credentials: true }, "any sandboxed page has the origin 'null'"],
    [{ origin: 'null', credentials: true }, "any sandboxed page has the origin 'null'"],
    [{ origin: ['https://a.example'], credentials: true, exposeHeaders: '*' }, 'cors.exposeHeaders'],
    [{ origin: ['https://a.example/'] }, 'cors.origin[0]: "https://a.example/" is not an origin'],
    [{ origin: ['https://a.example', 'b.example'] }, 'cors.origin[1]: "b.example" is not an origin'],
    [{ origin: ['*'] }, 'cors.origin[0]: "*" is not an origin'],
    [{ origin: ['https://a.example:443'] }, "is not what browsers send. Write 'https://a.example'"],
    [{ origin: ['https://A.example'] }, "Write 'https://a.example'"],
    [{ origin: [undefined] }, 'cors.origin[0]: a value of type undefined is not an origin'],
    [{ origin: 'https://a.example' }, 'cors.origin: it is not a list'],
    [{ methods: 'GET' }, 'cors.methods: it is not a list of names'],
    [{ allowHeaders: ['x-a, x-b'] }, 'cors.allowHeaders: it is not a list of names'],
  ])('%j', async (cors, message) => {
    await expect(createTestClient({ cors: cors as CorsOptions })).rejects.toThrow(message)
  })

  test.each<CorsOptions>([
    { origin: '*' },
    {},
    {
      origin: [
        'https://a.example',
        'http://localhost:5173',
        'capacitor://localhost',
        /^https:\/\/.*\.example$/,
      ],
    },
    { origin: () => true, credentials: true },
    { origin: ['null'] },
    { methods: [], allowHeaders: '*' },
  ])('not %o', async (cors) => {
    await expect(createTestClient({ cors }).then((client) => client.close())).resolves.toBeUndefined()
    expect(new WebModule({ cors })).toBeInstanceOf(WebModule)
  })
})

test('middleware of the user with a property of any name runs like any other', async () => {
  const called: string[] = []
  const middleware = Object.assign(
    async (_context: unknown, next: () => Promise<Response>) => {
      called.push('middleware')
      return next()
    },
    { passes: () => true },
  )
  await using client = await createTestClient({ routes: [hello], middleware: [middleware] })
  expect((await client.get('/hello')).status).toBe(200)
  expect(called).toEqual(['middleware'])
})
