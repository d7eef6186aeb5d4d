import multipart from '@fastify/multipart'
import fastify from 'fastify'
import { listening, SMALL } from '../scenario.mjs'

const app = fastify({ bodyLimit: Number.MAX_SAFE_INTEGER, requestTimeout: 0 })
await app.register(multipart)
app.post('/upload', async (request) => {
  const { file } = await request.file({ limits: { fileSize: Number.MAX_SAFE_INTEGER } })
  let size = 0
  for await (const chunk of file) size += chunk.byteLength
  return { size }
})
app.post('/small', { bodyLimit: SMALL }, async (request) => {
  const { file } = await request.file({ limits: { fileSize: SMALL } })
  for await (const _chunk of file);
  // As its documentation says: a file that is too large ends early, and its rest is read.
  if (file.truncated) throw new app.multipartErrors.RequestFileTooLargeError()
  return {}
})
// Files in temporary files, texts as values, as the others have them.
app.post('/form', async (request) => {
  const { files, values } = await request.saveRequestFiles({ limits: { fileSize: SMALL } })
  const [{ filename, filepath }] = files
  return { title: values.title.value ?? values.title, filename, stored: filepath !== '' }
})
await app.listen({ port: 0, host: '127.0.0.1' })
listening(app.server.address().port)
