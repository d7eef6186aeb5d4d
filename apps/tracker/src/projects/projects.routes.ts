import { defineRoutes, errors } from '@myfy/web'
import { z } from 'zod'
import { signedIn } from '../auth/identity.ts'
import { Id, NewProject, Project, Projects } from './projects.ts'

const group = { tags: ['projects'], auth: signedIn, inject: { projects: Projects } }

export const projectRoutes = defineRoutes('/projects', group, (route) => [
  route.get('/', { response: z.array(Project), summary: 'My projects' }, ({ identity, projects }) =>
    projects.list(identity.id),
  ),
  route.post(
    '/',
    { body: NewProject, response: Project, status: 201, summary: 'New project' },
    ({ identity, projects, body }) => projects.create(body.name, identity.id),
  ),
  route.get(
    '/:id',
    { params: z.object({ id: Id }), response: Project, summary: 'One project' },
    async ({ identity, projects, params }) =>
      (await projects.find(params.id, identity.id)) ?? errors.notFound('no such project'),
  ),
])
