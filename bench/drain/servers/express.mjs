// express as in its guide "Health checks and graceful shutdown".
import express from 'express'
import { cleanup, events, listening, slow } from './common.mjs'

const app = express()
app.get('/fast', (_req, res) => res.json({ ok: true }))
app.get('/slow', async (_req, res) => res.json(await slow()))
app.get('/events', (_req, res) => events(res))
const server = app.listen(0, '127.0.0.1', () => listening(server.address().port))
process.on('SIGTERM', () => server.close(() => cleanup()))
