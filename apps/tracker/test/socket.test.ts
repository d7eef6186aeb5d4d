import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import WebSocket from 'ws'
import { testApp } from './application.ts'

const { app, remove } = testApp()
let url: string
let done: Promise<number>
beforeAll(async () => {
  const ready = new Promise<string>((resolve) => app.on('ready', ({ urls }) => resolve(urls[0]!)))
  done = app.run({ signals: false })
  url = await ready
})
afterAll(async () => {
  await app.stop()
  expect(await done).toBe(0)
  remove()
})

const socketOf = (query = '') => new WebSocket(`${url.replace('http', 'ws')}/tasks/1/comments/socket${query}`)

async function post(path: string, json: object, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  return (await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(json) })).json()
}

it('refuses a socket without a token', async () => {
  const [error] = await once(socketOf(), 'error')
  expect((error as Error).message).toContain('401')
})

it('carries comments in both directions, each committed by itself', async () => {
  const user = { email: 'socket@example.org', password: 'long enough' }
  await post('/auth/register', { ...user, name: 'N' })
  const { token } = (await post('/auth/login', user)) as { token: string }
  const project = (await post('/projects', { name: 'P' }, token)) as { id: number }
  await post(`/projects/${project.id}/tasks`, { title: 't' }, token)

  const socket = socketOf(`?access_token=${token}`)
  await once(socket, 'open')
  const heard = once(socket, 'message')
  socket.send(JSON.stringify({ body: 'over the socket' }))
  expect(JSON.parse(String((await heard)[0]))).toMatchObject({ taskId: 1, body: 'over the socket' })
  const headers = { authorization: `Bearer ${token}` }
  const stored = await (await fetch(`${url}/tasks/1/comments`, { headers })).json()
  expect(stored).toMatchObject([{ body: 'over the socket' }])

  const refused = once(socket, 'close')
  socket.send(JSON.stringify({ body: '' }))
  expect((await refused)[0]).toBe(1008)
})
