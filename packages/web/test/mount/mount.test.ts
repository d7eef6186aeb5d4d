import { defineRoutes, mount } from '@myfy/web'
import { H3 } from 'h3'
import { expect, test } from 'vitest'
import { listening } from '../listening.ts'

const hello = defineRoutes('/hello', (route) => {
  route.get('/', () => ({ hello: 'world' }))
  route.get('/boom', () => {
    throw new Error('x')
  })
})

test('a mounted application receives the requests below its prefix, without the prefix', async () => {
  const legacy = new H3().get('/users/:id', (event) => ({
    legacy: event.context.params?.id,
    body: event.method,
  }))
  const plain = async (request: Request) =>
    new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`)
  const { url } = await listening({
    web: { routes: [mount('/legacy', (request) => legacy.fetch(request)), mount('/plain', plain), hello] },
  })
  expect(await (await fetch(`${url}/legacy/users/7`)).json()).toEqual({ legacy: '7', body: 'GET' })
  expect(await (await fetch(`${url}/plain`, { method: 'POST', body: 'text' })).text()).toBe('POST / text')
  expect((await fetch(`${url}/plainer`)).status).toBe(404)
  expect((await fetch(`${url}/hello`)).status).toBe(200)
})
