import { defineModule } from '@myfy/core'
import { defineRoutes, download, errors, file, form } from '@myfy/web'
import { z } from 'zod'
import { signedIn } from '../auth/identity.ts'
import { Id } from '../projects/projects.ts'
import { Attachment, Attachments, StorageSettings } from './attachments.ts'

const task = z.object({ task: Id })
const upload = form({ file: file({ max: '20mb' }) })
const group = { tags: ['attachments'], auth: signedIn, inject: { attachments: Attachments } }

const routes = defineRoutes('', group, (route) => [
  route.post(
    '/tasks/:task/attachments',
    { params: task, body: upload, response: Attachment, status: 201, timeout: 120_000, summary: 'Upload' },
    ({ attachments, params, body }) => attachments.add(params.task, body.file),
  ),
  route.get(
    '/tasks/:task/attachments',
    { params: task, response: z.array(Attachment) },
    ({ attachments, params }) => attachments.list(params.task),
  ),
  route.get(
    '/attachments/:id',
    { params: z.object({ id: Id }), summary: 'Download' },
    async ({ attachments, params, request }) => {
      const found = await attachments.find(params.id)
      if (!found) return errors.notFound('no such file')
      return download(found.path, { request, name: found.name, type: found.type })
    },
  ),
])

export const attachmentsModule = defineModule({
  name: 'attachments',
  settings: StorageSettings,
  routes: [routes],
})
