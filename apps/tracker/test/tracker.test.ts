import { createClient } from '@myfy/web/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { projectRoutes } from '../src/projects/projects.routes.ts'
import type { taskRoutes } from '../src/tasks/tasks.routes.ts'
import { testClient } from './application.ts'

let t: Awaited<ReturnType<typeof testClient>>
beforeAll(async () => {
  t = await testClient()
})
afterAll(() => t.close())

it('refuses strangers, before it reads what they send', async () => {
  const answer = await t.client.get('/projects')
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  expect((await t.client.post('/projects', { json: {} })).status).toBe(401)
  const forged = { headers: { authorization: 'Bearer a.b.c' } }
  expect((await t.client.get('/projects', forged)).status).toBe(401)
})

it('registers a user once, and tells who asks', async () => {
  const { headers, token } = await t.login('me@example.org')
  const me = { email: 'me@example.org', name: 'N', role: 'member' }
  expect(await (await t.client.get('/auth/me', { headers })).json()).toMatchObject(me)
  expect((await t.client.get(`/auth/me?access_token=${token}`)).status).toBe(200)
  const again = { email: 'ME@example.org', name: 'M', password: 'long enough' }
  expect((await t.client.post('/auth/register', { json: again })).status).toBe(409)
  const wrong = { email: 'me@example.org', password: 'another one' }
  expect((await t.client.post('/auth/login', { json: wrong })).status).toBe(401)
})

it('sends a mail to who registers, by a job', async () => {
  await t.login('mail@example.org')
  await expect.poll(() => t.mails.map(({ to }) => to)).toContain('mail@example.org')
})

it('pages, filters and sorts', async () => {
  const { headers } = await t.login('ada@example.org')
  const project = await t.client.post('/projects', { json: { name: 'P' }, headers })
  const { id } = (await project.json()) as { id: number }
  for (const priority of [1, 2, 3])
    await t.client.post(`/projects/${id}/tasks`, { json: { title: `t${priority}`, priority }, headers })
  const list = async (query: string) =>
    (await (await t.client.get(`/projects/${id}/tasks?${query}`, { headers })).json()) as {
      items: Array<{ title: string; createdAt: string }>
      total: number
    }
  const page = await list('sort=-priority&size=2')
  expect(page.total).toBe(3)
  expect(page.items.map(({ title }) => title)).toEqual(['t3', 't2'])
  expect(Date.parse(page.items[0]!.createdAt)).toBeGreaterThan(0)
  expect((await list('q=T1')).items.map(({ title }) => title)).toEqual(['t1'])
  expect((await list('status=done')).total).toBe(0)
  expect((await list('status=done&status=open')).total).toBe(3)
  expect((await t.client.get(`/projects/${id}/tasks?sort=name`, { headers })).status).toBe(422)
})

it('keeps the tasks of others away', async () => {
  const { headers } = await t.login('eve@example.org')
  expect((await t.client.get('/projects/1/tasks', { headers })).status).toBe(404)
})

it('takes a file and gives a part of it', async () => {
  const { headers } = await t.login('files@example.org')
  const body = new FormData()
  body.set('file', new File(['hello world'], 'a.txt', { type: 'text/plain' }))
  const made = await t.client.post('/tasks/1/attachments', { body, headers })
  expect(made.status).toBe(201)
  const { id } = (await made.json()) as { id: number }
  const part = await t.client.get(`/attachments/${id}`, { headers: { ...headers, range: 'bytes=6-' } })
  expect([part.status, await part.text()]).toEqual([206, 'world'])
  expect(part.headers.get('content-disposition')).toContain('filename="a.txt"')
  const etag = part.headers.get('etag')!
  const same = await t.client.get(`/attachments/${id}`, { headers: { ...headers, 'if-none-match': etag } })
  expect(same.status).toBe(304)
})

it('streams comments, also those that are too large for a notification', async () => {
  const { headers } = await t.login('live@example.org')
  const live = await t.client.get('/tasks/1/comments/live', { headers })
  const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader()
  let received = ''
  for (const text of ['hi', 'ü'.repeat(5_000)]) {
    await t.client.post('/tasks/1/comments', { json: { body: text }, headers })
    while (!received.includes(`"body":"${text}"`)) received += (await reader.read()).value
  }
  await reader.cancel()
})

it('describes itself, answers metrics, and is typed from end to end', async () => {
  const description = (await (await t.client.get('/openapi.json')).json()) as {
    components: { schemas: { Task: { properties: { createdAt: object } } } }
  }
  expect(description.components.schemas.Task.properties.createdAt).toMatchObject({ format: 'date-time' })
  expect(await (await t.client.get('/metrics')).text()).toContain('route="/projects/:project/tasks"')

  const { headers } = await t.login('typed@example.org')
  const options = { fetch: t.client.web.fetch, headers }
  const api = createClient<typeof projectRoutes | typeof taskRoutes>('http://localhost', options)
  const project = await api.post('/projects', { body: { name: 'Typed' } })
  if (project.status !== 201) return expect.fail(String(project.status))
  const params = { project: project.data.id }
  const task = await api.post('/projects/:project/tasks', { params, body: { title: 'x' } })
  const page = await api.get('/projects/:project/tasks', { params, query: { sort: '-priority' } })
  if (task.status !== 201 || page.status !== 200) return expect.fail('not created')
  expect(page.data.items[0]?.id).toBe(task.data.id)
  const wrong = await api.get('/projects/:id', { params: { id: 999 } })
  expect(wrong.status).toBe(404)
})
