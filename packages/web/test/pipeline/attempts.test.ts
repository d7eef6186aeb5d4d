// Several attempts to answer one request: a failed one leaves nothing in the answer, and the request is admitted once.

import { defineModule, type HandlerOption } from '@myfy/core'
import { defineAuth, defineRoutes, defineSession, local, type Middleware } from '@myfy/web'
import { describe, expect, test } from 'vitest'
import { ways } from '../ways.ts'

declare module '@myfy/core' {
  interface HandlerOptions {
    readonly again?: number
  }
}

/** Runs the handler again while it throws, as a transaction does after a serialization failure. */
const again: HandlerOption = {
  name: 'again',
  async around(value, _work, attempt) {
    for (let left = value as number; ; left--) {
      try {
        return await attempt()
      } catch (error) {
        if (left === 0) throw error
      }
    }
  },
}
const module = defineModule({ name: 'again', handlerOptions: () => [again] })

const step = local<number>('step')
const visit = defineSession<{ steps: number[] }>({ password: 'of at least 32 characters, for a test' })
const inject = { visit }

/** What middleware may have done before the attempts. */
const before: Readonly<Record<string, Middleware | undefined>> = {
  'no middleware': undefined,
  'middleware that has set the same': async (context, next) => {
    context.locals.set(step, 100)
    context.cookies.set('before', '1')
    const event = await context.event()
    event.res.headers.append('x-step', 'before')
    event.context.step = 'before'
    return next()
  },
}

let attempts = 0
/** The number of this attempt. Those before the third fail. */
const attempt = () => ++attempts
const failUntilThird = (number: number) => {
  if (number < 3) throw new Error('again')
}
let authenticated = 0
const bearer = defineAuth({
  scheme: 'bearer',
  authenticate({ token, cookies }) {
    authenticated++
    cookies.set('authenticated', String(authenticated))
    return { token }
  },
})

const routes = defineRoutes('', (route) => {
  route.post('/cookies', { again: 5 }, ({ cookies }) => {
    const number = attempt()
    cookies.set(`attempt-${number}`, 'x')
    failUntilThird(number)
  })
  route.post('/headers', { again: 5 }, async ({ event }) => {
    const number = attempt()
    const { res, context } = await event()
    const found = context.step ?? 'nothing'
    context.step = number
    res.headers.append('x-step', String(number))
    res.status = number === 3 ? 201 : 418
    failUntilThird(number)
    return { found }
  })
  route.post('/locals', { again: 5 }, ({ locals }) => {
    const number = attempt()
    const found = locals.get(step) ?? 0
    locals.set(step, number)
    failUntilThird(number)
    return { found }
  })
  route.post('/session', { again: 5, inject }, async ({ visit }) => {
    const number = attempt()
    const { steps = [] } = visit.data
    await visit.update({ steps: [...steps, number] })
    failUntilThird(number)
    return visit.data
  })
  route.post('/body', { again: 5 }, async ({ event }) => {
    const number = attempt()
    const text = await (await event()).req.text()
    failUntilThird(number)
    return { text }
  })
  route.post(
    '/admitted',
    {
      again: 5,
      auth: bearer,
      rateLimit: { name: 'admitted', points: 1, per: '1h', key: ({ identity }) => identity.token },
    },
    ({ identity }) => {
      failUntilThird(attempt())
      return identity
    },
  )
  route.post('/limited', { again: 5, rateLimit: { name: 'limited', points: 1, per: '1h' } }, () => {
    failUntilThird(attempt())
    return 'ok'
  })
})

const cookieNames = (headers: Headers) => headers.getSetCookie().map((cookie) => cookie.split('=')[0])

describe.each(Object.entries(ways))('by %s', (_way, open) => {
  describe.each(Object.entries(before))('after %s, a failed attempt', (_what, middleware) => {
    const hasBefore = middleware !== undefined
    const post = async (path: string, headers: Record<string, string> = {}) => {
      attempts = authenticated = 0
      const { send } = await open({
        routes: [routes],
        modules: [module],
        ...(middleware && { middleware: [middleware] }),
      })
      const answer = await send(path, { method: 'POST', body: 'the body', headers })
      expect(attempts).toBe(3)
      return answer
    }
    const json = ({ body }: { body: Buffer }) => JSON.parse(String(body))

    test('sets no cookies', async () => {
      const { headers } = await post('/cookies')
      expect(cookieNames(headers).sort()).toEqual(['attempt-3', ...(hasBefore ? ['before'] : [])])
    })

    test('sets no status, headers or values of the event', async () => {
      const answer = await post('/headers')
      expect(answer.status).toBe(201)
      expect(answer.headers.get('x-step')).toBe(hasBefore ? 'before, 3' : '3')
      expect(json(answer)).toEqual({ found: hasBefore ? 'before' : 'nothing' })
    })

    test('sets no locals', async () => {
      expect(json(await post('/locals'))).toEqual({ found: hasBefore ? 100 : 0 })
    })

    test('changes no session', async () => {
      const answer = await post('/session')
      expect(json(answer)).toEqual({ steps: [3] })
      expect(cookieNames(answer.headers)).toContain('session')
      expect(answer.headers.getSetCookie().filter((one) => one.startsWith('session='))).toHaveLength(1)
    })

    test('leaves the body to the next one', async () => {
      expect(json(await post('/body'))).toEqual({ text: 'the body' })
    })

    test('does not authenticate the request, and does not count it, again', async () => {
      const answer = await post('/admitted', { authorization: 'Bearer t' })
      expect([answer.status, json(answer)]).toEqual([200, { token: 't' }])
      expect(authenticated).toBe(1)
      expect(cookieNames(answer.headers)).toContain('authenticated')
      expect(answer.headers.get('ratelimit')).toMatch(/^"admitted";r=0;/)
    })

    test('is not counted by a limit of the address', async () => {
      expect((await post('/limited')).status).toBe(200)
    })
  })
})
