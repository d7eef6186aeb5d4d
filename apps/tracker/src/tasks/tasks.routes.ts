import { defineRoutes, errors } from '@myfy/web'
import { z } from 'zod'
import { signedIn } from '../auth/identity.ts'
import { Id, Projects } from '../projects/projects.ts'
import { NewTask, Task, TaskPage, TaskPatch, TaskQuery, Tasks } from './tasks.ts'

const params = z.object({ project: Id })
const one = z.object({ project: Id, id: Id })
const group = { tags: ['tasks'], auth: signedIn, inject: { projects: Projects, tasks: Tasks } }

export const taskRoutes = defineRoutes('/projects/:project/tasks', group, (route) => [
  route.get(
    '/',
    { params, query: TaskQuery, response: TaskPage, summary: 'Tasks by page' },
    async ({ identity, projects, tasks, params, query }) =>
      (await projects.find(params.project, identity.id))
        ? tasks.page(params.project, query)
        : errors.notFound('no such project'),
  ),
  route.post(
    '/',
    { params, body: NewTask, response: Task, status: 201, summary: 'New task' },
    async ({ identity, projects, tasks, params, body }) =>
      (await projects.find(params.project, identity.id))
        ? tasks.create(params.project, body)
        : errors.notFound('no such project'),
  ),
  route.patch(
    '/:id',
    { params: one, body: TaskPatch, response: Task, summary: 'Change a task' },
    async ({ tasks, params, body }) =>
      (await tasks.update(params.id, body)) ?? errors.notFound('no such task'),
  ),
  route.delete('/:id', { params: one, summary: 'Delete a task' }, async ({ tasks, params }) => {
    if (!(await tasks.remove(params.id))) return errors.notFound('no such task')
    return undefined
  }),
])
