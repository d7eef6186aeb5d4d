// Applications with routes under `prove`: requests pass through the pipeline, and the port is open in each interleaving.

import { Application } from '@myfy/core'
import { prove, type World } from '@myfy/core/testing'
import { expect, test } from 'vitest'
import { defineRoutes, WebModule } from '../src/index.ts'

/** A service that writes a user and sends a mail after the answer, by `send`. */
function service(world: World, send: (mail: () => Promise<void>) => void): Application {
  let [accepted, sent] = [0, 0]
  world.invariant('every mail is sent', () => !world.ended || accepted === sent)
  const mail = async () => {
    await world.step('send the mail')
    sent++
  }
  const users = defineRoutes('/users', (route) => {
    route.post('/', async () => {
      await world.step('insert the user')
      accepted++
      send(mail)
      return { created: true }
    })
  })
  const web = new WebModule({ routes: [users], port: 0 })
  world.request('POST /users', async () => {
    await web.fetch(new Request('http://localhost/users', { method: 'POST' }))
  })
  return new Application({ modules: [web] })
}

test('work that a route leaves behind its answer is found', async () => {
  const { problems } = await prove((world) => service(world, (mail) => void mail().catch(() => {})), {
    schedules: 600,
  })
  expect(problems.map(({ text }) => text)).toContain("the invariant 'every mail is sent' is broken")
})

test('tracked work is not reported, and a listening port is not waited for', async () => {
  const began = performance.now()
  const { problems, explored } = await prove(
    (world) => {
      const app = service(world, (mail) => {
        const work = app.inFlight.track('mail', 'welcome')
        void mail()
          .catch(mail)
          .finally(() => work.done())
      })
      return app
    },
    { schedules: 200, time: 60_000 },
  )
  expect(problems).toEqual([])
  expect(explored).toBe(150)
  // 200 ms for each wait would be minutes.
  expect(performance.now() - began).toBeLessThan(20_000)
})
