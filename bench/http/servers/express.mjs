import cors from 'cors'
import express from 'express'
import {
  around,
  Context,
  deep,
  Facade,
  Greeter,
  listening,
  Order,
  Repository,
  Service,
  total,
} from '../scenario.mjs'

const greeter = new Greeter()
const app = express()
if (around.enabled) {
  app.use(cors({ origin: [around.origin] }))
  app.use((_req, res, next) => {
    res.setHeader('x-around', 'yes')
    next()
  })
}
app.get('/hello', (_req, res) => res.json({ hello: 'world' }))
for (const path of deep) app.get(`${path}/:id`, (req, res) => res.json({ id: req.params.id }))
app.post('/orders', express.json(), (req, res) => {
  const parsed = Order.safeParse(req.body)
  if (parsed.success) res.json(total(parsed.data))
  else res.status(422).json({})
})
app.get('/singleton', (_req, res) => res.json(greeter.greet('world')))
app.get('/scoped', (req, res) => {
  const context = new Context(req.path)
  res.json(new Facade(new Service(new Repository(context, greeter), context)).answer())
})
const server = app.listen(0, '127.0.0.1', () => listening(server.address().port))
