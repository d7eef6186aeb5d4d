import { existsSync } from 'node:fs'
import { Application, defineModule, defineSettings, traceChannel, traced } from '@myfy/core'
import { defineRoutes, errors, WebModule, type WebModuleOptions } from '@myfy/web'
import axe, { type AxeResults } from 'axe-core'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { Changes } from '../../src/inspector/changes.ts'
import { RequestPipeline } from '../../src/pipeline/pipeline.ts'
import { deferred, listening, silent } from '../listening.ts'

const TOKEN = 'a-token-of-enough-length'

const routes = [
  defineRoutes('/users', (route) => {
    route.get('/:id', async ({ params, logger }) => {
      logger.info({ user: params.id }, 'looking for the user')
      await traced(traceChannel('transaction'), { name: 'SELECT users' }, async () => {})
      return { id: params.id }
    })
    route.get('/away', () =>
      errors.serviceUnavailable('the database is away', { cause: new Error('password=hunter2') }),
    )
  }),
]

/** An application that listens, as under a supervisor that reloads. */
async function developing(
  web: Pick<WebModuleOptions, 'inspector' | 'routes'> = {},
  memory = new Map<string, unknown>(),
) {
  const started = await listening({
    web: { routes, ...web },
    modules: [defineModule({ name: 'data', isHealthy: () => false })],
  })
  await started.app.container.get(RequestPipeline).onListening?.({ development: true, memory })
  const data = async (headers: Record<string, string> = {}, since = 0) => {
    const response = await fetch(`${started.url}/_myfy/data.json?since=${since}`, { headers })
    return { status: response.status, body: (await response.json()) as never as Data }
  }
  return { ...started, memory, data }
}

interface Data {
  version: number
  modules: Array<{ name: string; health?: { healthy: boolean } }>
  requests: Array<{
    name: string
    status: number
    id: string
    ms?: number
    spans: Array<{ kind: string; name: string; at: number; ms?: number }>
    lines: Array<{ message: string; fields: unknown }>
    error?: { message: string }
  }>
  work: unknown[]
  tasks: Array<{ name: string; error?: { message: string } }>
  recording: unknown
}

describe('the inspector', () => {
  test('keeps a job that has failed while the turns of another task go on', async () => {
    const { data } = await developing()
    const fail = () => {
      throw new Error('the parcel is lost')
    }
    expect(() => traced(traceChannel('task'), { task: 'task ship', module: undefined }, fail)).toThrow()
    for (let turn = 0; turn < 300; turn++)
      traced(traceChannel('task'), { task: 'poll', module: 'feed' }, () => turn)
    const { tasks } = (await data()).body
    expect(tasks.map(({ name }) => name)).toEqual(['task ship', ...Array(99).fill('feed: poll')])
    expect(tasks[0]!.error).toMatchObject({ message: 'the parcel is lost' })
  })

  test('does not exist outside of development, nor when it is switched off', async () => {
    const { url } = await listening({ web: { routes } })
    for (const path of ['/_myfy', '/_myfy/', '/_myfy/data.json'])
      expect((await fetch(url + path)).status).toBe(404)
    const { url: off } = await developing({ inspector: false })
    expect((await fetch(`${off}/_myfy`)).status).toBe(404)
  })

  test('has each request with its spans and log lines, and what refused it', async () => {
    const { url, data } = await developing()
    const id = (await fetch(`${url}/users/7`)).headers.get('x-request-id')
    await fetch(`${url}/users/away`)
    await fetch(`${url}/health/live`)
    const { body } = await data()
    expect(body.requests.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'GET /users/:id 200',
      'GET /users/away 503',
    ])
    const [found, away] = body.requests as [Data['requests'][number], Data['requests'][number]]
    expect(found.id).toBe(id)
    expect(found.spans).toMatchObject([
      { kind: 'handler', name: 'GET /users/:id' },
      { kind: 'transaction', name: 'SELECT users' },
    ])
    for (const { at, ms } of found.spans) expect(at + ms!).toBeLessThanOrEqual(found.ms! + 0.02)
    expect(found.lines.map(({ message }) => message)).toEqual(['looking for the user'])
    expect(away.error).toMatchObject({ name: 'HTTPException', message: 'the database is away' })
    expect(JSON.stringify(body)).not.toContain('hunter2')
    expect(body.modules.find(({ name }) => name === 'data')?.health).toMatchObject({ healthy: false })
    expect(body.work).toEqual([])
  })

  test('has the messages that a request has sent', async () => {
    const orders = defineRoutes('/orders', (route) => {
      route.post('/', () => traced(traceChannel('send'), { destination: 'ship' }, async () => 'sent'))
    })
    const { url, data } = await developing({ routes: [orders] })
    await (await fetch(`${url}/orders`, { method: 'POST' })).text()
    const [request] = (await data()).body.requests
    expect(request?.spans).toMatchObject([{ kind: 'handler' }, { kind: 'send', name: 'ship' }])
  })

  test('sends only the requests that have changed since a version', async () => {
    const { url, data } = await developing()
    await fetch(`${url}/users/1`)
    const { body } = await data()
    await fetch(`${url}/users/2`)
    expect((await data({}, body.version)).body.requests).toHaveLength(1)
  })

  test('answers its page at a change, at most once a second, and at once when a state changes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const changes = new Changes()
    const { signal } = new AbortController()
    const answered: string[] = []
    const ask = (name: string, since: number) =>
      void changes.after(since, signal).then(() => void answered.push(name))
    ask('of an old version', changes.version)
    changes.add()
    await vi.advanceTimersByTimeAsync(999)
    expect(answered).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(answered.splice(0)).toEqual(['of an old version'])
    ask('of a change after the pause', changes.version)
    await vi.advanceTimersByTimeAsync(1_500)
    changes.add()
    await vi.advanceTimersByTimeAsync(0)
    expect(answered.splice(0)).toEqual(['of a change after the pause'])
    ask('of a state', changes.version)
    changes.addUrgent()
    await vi.advanceTimersByTimeAsync(0)
    expect(answered.splice(0)).toEqual(['of a state'])
    ask('of nothing', changes.version)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(answered).toEqual(['of nothing'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not make its page wait for a module that does not answer', async () => {
    const answer = deferred<boolean>()
    const started = await listening({
      web: { routes },
      modules: [defineModule({ name: 'data', isHealthy: () => answer.promise })],
    })
    await started.app.container.get(RequestPipeline).onListening?.({ development: true, memory: new Map() })
    const ask = async (query: string) =>
      (await (await fetch(`${started.url}/_myfy/data.json?${query}`)).json()) as {
        application: object
        modules: Array<{ name: string; health?: object }>
      }
    const health = ({ modules }: Awaited<ReturnType<typeof ask>>) =>
      modules.find(({ name }) => name === 'data')?.health
    const first = await ask('page&since=0')
    expect([first.application, health(first)]).toMatchObject([{ ready: false, checking: true }, undefined])
    const complete = ask('since=0')
    answer.resolve(false)
    expect(health(await complete)).toMatchObject({ healthy: false })
    expect((await complete).application).not.toHaveProperty('checking')
  })

  test('records 250 requests, then 50 a second, says so, keeps 500, and does all across a reload', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { app, memory, data } = await developing()
    const ask = async (from: number, to: number) => {
      for (let i = from; i < to; i++)
        await (await app.getModule(WebModule).fetch(new Request(`http://localhost/users/${i}`))).text()
    }
    const recorded = async (from = data) => {
      const { requests, recording } = (await from()).body
      const last = requests.at(-1)
      return { recording, count: requests.length, last: last?.lines[0]?.fields, spans: last?.spans.length }
    }
    const [unlimited, limited] = [false, true].map((reached) => ({
      recording: { maxPerSecond: 50, limited: reached },
      spans: 2,
    }))
    await ask(0, 249)
    expect(await recorded()).toEqual({ ...unlimited, count: 249, last: { user: '248' } })
    await ask(249, 260)
    expect(await recorded()).toEqual({ ...limited, count: 250, last: { user: '249' } })
    vi.advanceTimersByTime(1_000)
    await ask(300, 360)
    expect(await recorded()).toEqual({ ...limited, count: 300, last: { user: '349' } })
    vi.advanceTimersByTime(5_000)
    await ask(400, 649)
    expect(await recorded()).toEqual({ ...limited, count: 500, last: { user: '648' } })
    vi.advanceTimersByTime(1_000)
    await ask(600, 610)
    const kept = { ...limited, count: 500, last: { user: '609' } }
    expect(await recorded()).toEqual(kept)
    const next = await developing({}, memory)
    expect(await recorded(next.data)).toEqual(kept)
  })

  test('marks a request that is open when the limit is reached', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const goOn = deferred()
    const slow = defineRoutes('/slow', (route) => {
      route.get('/', async () => {
        await goOn.promise
        await traced(traceChannel('transaction'), { name: 'SELECT late' }, async () => {})
        return 'late'
      })
      route.get('/fast', () => 'fast')
    })
    const { app, data } = await developing({ routes: [slow] })
    const ask = (path: string) => app.getModule(WebModule).fetch(new Request(`http://localhost${path}`))
    const open = ask('/slow')
    for (let i = 0; i < 500; i++) await ask('/slow/fast')
    vi.advanceTimersByTime(50)
    goOn.resolve()
    expect(await (await open).text()).toBe('late')
    const [first, ...others] = (await data()).body.requests
    expect(first).toMatchObject({ name: 'GET /slow', status: 200, partial: true })
    expect(others.filter((one) => 'partial' in one)).toEqual([])
  })

  test.each([[1], [0]])(
    'follows %i requests that are open during a reload, and every one after it',
    async (count) => {
      const goOn = deferred()
      const slow = defineRoutes('/slow', (route) => {
        route.get('/', async () => {
          await goOn.promise
          await traced(traceChannel('transaction'), { name: 'SELECT late' }, async () => {})
          return 'late'
        })
      })
      const { app, data } = await developing({ routes: [slow] })
      const ask = () => app.getModule(WebModule).fetch(new Request('http://localhost/slow'))
      const open = Array.from({ length: count }, ask)
      await traced(traceChannel('reload'), { files: ['app.ts'] }, async () => {})
      goOn.resolve()
      for (const response of [...open, ask()]) await (await response).text()
      const { requests } = (await data()).body
      expect(requests.map(({ spans }) => spans.map(({ name }) => name))).toEqual(
        Array(count + 1).fill(['GET /slow', 'SELECT late']),
      )
    },
  )

  test('shows settings with their source, and only values that cannot be secret', async () => {
    const settings = defineSettings(
      z.object({ mode: z.enum(['a', 'b']), apiKey: z.string(), databaseUrl: z.string() }),
    )
    process.env.MODE = 'b'
    process.env.API_KEY = 'sekret-key-1'
    process.env.DATABASE_URL = 'postgres://a:sekret-pw@db'
    onTestFinished(() => {
      for (const name of ['MODE', 'API_KEY', 'DATABASE_URL']) delete process.env[name]
    })
    const app = new Application({
      logger: silent,
      settings,
      modules: [new WebModule({ inspector: { token: TOKEN } })],
    })
    await app.startModules()
    onTestFinished(() => app.stopModules())
    await app.container.get(RequestPipeline).onListening?.({ development: false, memory: new Map() })
    const request = new Request('http://localhost/_myfy/data.json', {
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    const text = await (await app.getModule(WebModule).fetch(request)).text()
    expect(JSON.parse(text)).toMatchObject({
      settings: expect.arrayContaining([
        { variable: 'MODE', key: 'mode', source: 'environment', value: 'b' },
        { variable: 'API_KEY', key: 'apiKey', source: 'environment' },
      ]),
    })
    expect(text).not.toMatch(/sekret/)
  })

  test('contains no secret setting, whatever failed with it', async () => {
    process.env.SIGNING_WORD = 'Tr0ub4dor-word'
    onTestFinished(() => void delete process.env.SIGNING_WORD)
    const fail = async () => {
      throw new Error('refused Tr0ub4dor-word')
    }
    const failing = defineRoutes('/failing', (route) => {
      route.get('/', async () => {
        const name = 'SELECT Tr0ub4dor-word'
        await traced(traceChannel('transaction'), { name, attributes: { 'db.query.text': name } }, fail)
      })
    })
    const app = new Application({
      logger: silent,
      settings: defineSettings(z.object({ signingWord: z.string() })),
      modules: [
        new WebModule({ routes: [failing], inspector: { token: TOKEN } }),
        defineModule({ name: 'data', isHealthy: fail }),
      ],
    })
    await app.startModules()
    onTestFinished(() => app.stopModules())
    await app.container.get(RequestPipeline).onListening?.({ development: false, memory: new Map() })
    const ask = async (path: string) => {
      const headers = { authorization: `Bearer ${TOKEN}` }
      const request = new Request(`http://localhost${path}`, { headers })
      return (await app.getModule(WebModule).fetch(request)).text()
    }
    expect(await ask('/failing')).toContain('"status":500')
    await app.work('task', { label: 'send Tr0ub4dor-word', inject: {} }, fail).catch(() => {})
    const text = await ask('/_myfy/data.json')
    expect(text.match(/refused \*\*\*/g)!.length).toBeGreaterThanOrEqual(4)
    expect(text).toContain('SELECT ***')
    expect(text).toContain('send ***')
    expect(text).not.toContain('Tr0ub4dor')
  })
})

describe('the inspector answers', () => {
  test.each([
    ['this machine by its name', {}, 200],
    ['another host name, which may be rebound', { host: 'evil.example' }, 403],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }, 403],
    ['its own page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['through a tunnel', { 'x-forwarded-for': '203.0.113.7' }, 403],
  ])('%s', async (_, headers, status) => {
    const { port } = await developing()
    const { request } = await import('node:http')
    const answered = await new Promise((resolve, reject) =>
      request({ port: port!, host: '127.0.0.1', path: '/_myfy/data.json', headers }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end(),
    )
    expect(answered).toBe(status)
  })

  test('the holder of the token outside of development, and nobody else', async () => {
    const { url, app } = await listening({ web: { routes, inspector: { token: TOKEN } } })
    await app.container.get(RequestPipeline).onListening?.({ development: false, memory: new Map() })
    const statusWith = async (authorization?: string) =>
      (await fetch(`${url}/_myfy/data.json`, authorization ? { headers: { authorization } } : {})).status
    expect(await statusWith()).toBe(401)
    expect(await statusWith('Bearer wrong-token-of-length')).toBe(401)
    expect(await statusWith(`Bearer ${TOKEN}`)).toBe(200)
  })

  test('no token that could be guessed', () => {
    const app = new Application({
      logger: silent,
      modules: [new WebModule({ inspector: { token: 'short' } })],
    })
    return expect(app.initialize()).rejects.toThrow(/inspector\.token/)
  })
})

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

describe.skipIf(!executablePath)(`the page${executablePath ? '' : ' (no Chromium: skipped)'}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  })
  afterAll(() => browser?.close())

  async function open(width: number, colorScheme: 'light' | 'dark') {
    const path = '/a/long/path/:organization/projects/:project/members/:member/permissions'
    const long = defineRoutes('/long', (route) => void route.get(path, () => ({})))
    const { url } = await developing({ routes: [...routes, long] })
    await fetch(`${url}/long${path}`)
    await fetch(`${url}/users/7`)
    await fetch(`${url}/users/away`)
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(`${url}/_myfy`)
    await page.waitForSelector('[data-view=requests] table')
    return { page, url, complaints }
  }

  test.each([
    [390, 'light'],
    [390, 'dark'],
    [768, 'light'],
    [1600, 'light'],
    [1600, 'dark'],
  ] as const)('has no finding of axe at %s px, %s, and does not scroll sideways', async (width, scheme) => {
    const { page, complaints } = await open(width, scheme)
    await page.locator('summary').first().click()
    // As an init script would; the policy of the page allows no inline script.
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    // From a tablet on, no table must be scrolled sideways either.
    const overflow =
      "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length"
    if (width >= 768) expect(await page.evaluate(overflow)).toBe(0)
    // A module is unhealthy: the summary has the color of a warning.
    expect(await page.evaluate("getComputedStyle(document.querySelector('#summary')).color")).toBe(
      await page.evaluate("getComputedStyle(document.querySelector('td .warn, td.warn')).color"),
    )
    expect(complaints).toEqual([])
    await page.close()
  })

  test('shows every request of its record, after a first picture with some', async () => {
    const { page, url } = await open(1280, 'light')
    for (let i = 0; i < 80; i++) await (await fetch(`${url}/users/${i}`)).text()
    await page.reload()
    await expect.poll(() => page.locator('[data-view=requests] tbody tr').count()).toBe(83)
    await page.close()
  })

  test('has its first picture after two requests, whatever its record contains', async () => {
    const { page, url } = await open(1280, 'light')
    for (let i = 0; i < 197; i++) await (await fetch(`${url}/users/${i}`)).text()
    const sent: string[] = []
    const answers = new Map<string, number>()
    const others = deferred()
    await page.route(/_myfy/, async (route) => {
      sent.push(route.request().url().slice(url.length))
      if (sent.length > 2) await others.promise
      await route.continue()
    })
    page.on('response', async (response) => {
      answers.set(response.url().slice(url.length), (await response.body()).byteLength)
    })
    await page.reload({ waitUntil: 'commit' })
    await page.waitForSelector('[data-view=stop] table')
    for (const view of ['modules', 'flight', 'boot', 'requests', 'reloads', 'tasks', 'settings'])
      expect(await page.locator(`[data-view=${view}]`).textContent()).not.toBe('')
    expect(sent.slice(0, 2)).toEqual(['/_myfy', '/_myfy/data.json?page&since=0&rows'])
    const rows = page.locator('[data-view=requests] tbody tr')
    expect(await rows.count()).toBe(50)
    // Opened before its parts are known.
    await page.locator('[data-view=requests] summary').first().click()
    await page.waitForSelector('text=loading …')
    others.resolve()
    await expect.poll(() => rows.count()).toBe(200)
    await page.waitForSelector('[data-view=requests] >> text=looking for the user')
    expect(await rows.last().textContent()).toContain('/long')
    // The picture depends on the size of its data: a request is a row, without its spans and log lines.
    await expect.poll(() => answers.get(sent[1]!)).toBeLessThan(20_000)
    await page.close()
  })

  test('shows an error with its causes', async () => {
    const failing = defineRoutes('/failing', (route) => {
      route.get('/', () => {
        throw new Error('out of order', { cause: new TypeError('no connection') })
      })
    })
    const { url } = await developing({ routes: [failing] })
    await (await fetch(`${url}/failing`)).text()
    const page = await browser.newPage()
    await page.goto(`${url}/_myfy`)
    await page.locator('[data-view=requests] summary').first().click()
    await page.waitForSelector('pre >> text=caused by: TypeError: no connection')
    await page.close()
  })

  test('tells two requests with one id apart', async () => {
    const { page, url } = await open(1280, 'light')
    const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
    await fetch(`${url}/users/1`, { headers })
    await fetch(`${url}/users/2`, { headers })
    await expect.poll(() => page.locator('td.id >> text=4bf92f35').count()).toBe(2)
    await page.locator('[data-view=requests] summary').first().click()
    await page.waitForSelector('[data-view=requests] details[open] >> text=user=2')
    expect(await page.locator('[data-view=requests] details[open]').count()).toBe(1)
    await page.close()
  })

  test('shows a new request while a details view stays open and has the focus', async () => {
    const { page, url } = await open(1280, 'light')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content')
    const summary = page.locator('[data-view=requests] summary').first()
    await summary.focus()
    await page.keyboard.press('Enter')
    await fetch(`${url}/nowhere`)
    await page.waitForSelector('text=GET (no route)')
    expect(await page.locator('[data-view=requests] details[open] > summary').textContent()).toBe(
      'GET /users/away',
    )
    expect(await page.evaluate('document.activeElement.textContent')).toBe('GET /users/away')
    // The id of a request may contain the digits of a status by chance.
    const traceparent = `00-${'503'.padEnd(32, 'a')}-${'b'.repeat(16)}-01`
    await fetch(`${url}/elsewhere`, { method: 'POST', headers: { traceparent } })
    await page.waitForSelector('text=POST (no route)')
    await page.locator('#filter').fill('503')
    // Not waitForFunction: its expression is evaluated by a script that the content security policy refuses.
    await expect.poll(() => page.locator('[data-view=requests] tbody tr').count()).toBe(1)
    await page.close()
  })
})
